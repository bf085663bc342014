import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';

/** What came of looking for a program. */
export type FoundProgram =
  | { readonly path: string }
  /** `closed`: there are files of that name, and none that this user may run. */
  | { readonly path?: undefined; readonly closed: boolean };

/**
 * Finds a program as execvp(3) does: a name with a slash is a path, others are looked for in folders, in their order.
 * @param path the folders, as the variable PATH has them, an empty one for `cwd`
 * @param cwd what relative paths and folders begin at
 */
export function findProgram(name: string, path: string, cwd: string): FoundProgram {
  let closed = false;
  const folders = name === '' ? [] : name.includes('/') ? [''] : path.split(':');
  for (const folder of folders) {
    const candidate = resolve(cwd, folder, name);
    // Most folders have none, and an error costs more than to look.
    if (!isFile(candidate)) continue;
    if (mayRun(candidate)) return { path: candidate };
    closed = true;
  }
  return { closed };
}

/**
 * Where the variable PATH of this process has a program, in a folder whose path is whole; undefined where it has none.
 */
export function programInPath(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(':').filter((folder) => folder.startsWith('/'));
  return folders.length === 0 ? undefined : findProgram(name, folders.join(':'), '/').path;
}

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    // A folder that is closed to this user is passed over.
    return false;
  }
}

function mayRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
