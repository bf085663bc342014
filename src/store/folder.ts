import { dirname } from 'node:path';
import { workingDirectory } from '../base/index.ts';
import { isNameless } from '../format/index.ts';

/** What paths in a topology file are relative to: its folder, or the working directory where it has none, as standard input. */
export const folderOfFile = (file: string): string =>
  isNameless(file) ? workingDirectory() : dirname(workingDirectory(file));
