import { readFileSync } from 'node:fs';

/** What the jobs use of the library. An earlier commit, too, is measured through it: its types may be elsewhere. */
interface Library {
  readonly Lab: { up(topology: object): Promise<{ down(): Promise<unknown> }> };
}

/** The library as it is published, which has to be built. */
const root = new URL('../../../', import.meta.url);
const { exports } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
  exports: { '.': { default: string } };
};
export const { Lab } = (await import(new URL(exports['.'].default, root).href)) as Library;
