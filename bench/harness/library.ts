import { readFileSync } from 'node:fs';

/**
 * The part of the library that the jobs use. Declared here, since the types of an earlier commit can be in other files.
 */
interface Library {
  readonly Lab: { up(topology: object): Promise<{ down(): Promise<unknown> }> };
}

/** The library as it is published; must be built before. */
const root = new URL('../../../', import.meta.url);
const { exports } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
  exports: { '.': { default: string } };
};
export const { Lab } = (await import(new URL(exports['.'].default, root).href)) as Library;
