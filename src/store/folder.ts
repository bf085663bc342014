import { dirname } from 'node:path';
import { workingDirectory } from '../base/index.ts';
import { isNameless } from '../format/index.ts';

/**
 * The folder that paths in a topology file are relative to: the file's own, or the working directory for standard
 * input.
 */
export const folderOfFile = (file: string): string =>
  isNameless(file) ? workingDirectory() : dirname(workingDirectory(file));
