import { dirname, resolve } from 'node:path';

/** What paths in a topology file are relative to: its folder, or the working directory of standard input (`-`). */
export const folderOfFile = (file: string): string => (file === '-' ? process.cwd() : dirname(resolve(file)));
