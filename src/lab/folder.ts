import { dirname, resolve } from 'node:path';
import { isNameless } from '../topology/file-name.ts';

/** What paths in a topology file are relative to: its folder, or the working directory where it has none, as standard input. */
export const folderOfFile = (file: string): string => (isNameless(file) ? process.cwd() : dirname(resolve(file)));
