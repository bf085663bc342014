import { basename, extname } from 'node:path';

/** True for standard input (`-`), and for a pipe of the shell, `<(…)`, which have no file name. */
export const isNameless = (file: string): boolean => file === '-' || /^\/(?:dev|proc)\//.test(file);

/** The default name of a lab: the file's name without its extension; undefined if the file has no name. */
export const labNameOf = (file: string): string | undefined =>
  isNameless(file) ? undefined : basename(file, extname(file));
