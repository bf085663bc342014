import type * as library from '../../src/lab/index.ts';

/** The library as it is published, which has to be built. */
const published = new URL('../../../dist/lab/index.js', import.meta.url).href;
export const { Lab } = (await import(published)) as typeof library;
