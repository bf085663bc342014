import { basename, extname } from 'node:path';

/** Whether text comes from what has no name of its own: standard input, or a pipe of the shell's (`<(…)`). */
export const isNameless = (file: string): boolean => file === '-' || /^\/(?:dev|proc)\//.test(file);

/** The name of a lab whose file says none; undefined where the file has no name either. */
export const labNameOf = (file: string): string | undefined =>
  isNameless(file) ? undefined : basename(file, extname(file));
