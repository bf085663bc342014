import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from './error.ts';

/**
 * A folder as an absolute path, seen from this process's working directory; that itself where none is given.
 * @throws UsageError where the working directory is needed and has been removed
 */
export function workingDirectory(folder: string | URL = ''): string {
  try {
    return resolve(typeof folder === 'string' ? folder : fileURLToPath(folder));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(
      `the working directory was removed or cannot be accessed (${code}); change to another directory`,
      {
        cause: error,
      },
    );
  }
}
