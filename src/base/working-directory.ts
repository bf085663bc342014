import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from './error.ts';

/**
 * Returns the absolute path of a folder relative to this process's working directory, or of the latter by default.
 * @throws UsageError if the working directory is needed, but was removed
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
