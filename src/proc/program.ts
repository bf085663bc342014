import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';

/** The result of the search for a program. */
export type FoundProgram =
  | { readonly path: string }
  /** `closed`: there are files of that name, but this user may execute none of them. */
  | { readonly path?: undefined; readonly closed: boolean };

/**
 * Finds a program as execvp(3) does: a name with a slash is a path; other names are searched in the directories of
 * `path`, in order.
 * @param path directories, in the format of PATH; an empty entry means `cwd`
 * @param cwd the base of relative paths
 */
export function findProgram(name: string, path: string, cwd: string): FoundProgram {
  let closed = false;
  const folders = name === '' ? [] : name.includes('/') ? [''] : path.split(':');
  for (const folder of folders) {
    const candidate = resolve(cwd, folder, name);
    // Most directories do not have the file, and an exception is slower than this check.
    if (!isFile(candidate)) continue;
    if (isExecutable(candidate)) return { path: candidate };
    closed = true;
  }
  return { closed };
}

/**
 * The path of a program in a directory of this process's PATH. Only absolute directories are searched. Undefined if the
 * program is not found.
 */
export function programInPath(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(':').filter((folder) => folder.startsWith('/'));
  return folders.length === 0 ? undefined : findProgram(name, folders.join(':'), '/').path;
}

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    // The directory may not be searched by this user.
    return false;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
