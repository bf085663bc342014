import { basename, extname } from 'node:path';

/** Whether text comes from what has no name of its own: standard input, or a pipe of the shell's (`<(…)`). */
export const isNameless = (file: string): boolean => file === '-' || /^\/(?:dev|proc)\//.test(file);

/** What a lab is called that does not say. */
export const nameOfFile = (file: string): string | undefined =>
  isNameless(file) ? undefined : basename(file, extname(file));
