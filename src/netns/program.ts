import { statSync, type Stats } from 'node:fs';
import { resolve } from 'node:path';
import { SyscallError } from '../ffi/index.ts';

/** Where programs are looked for when the environment does not say (confstr(3), _CS_PATH). */
const USUAL_PATH = '/bin:/usr/bin';

const ENOENT = 2;
const EACCES = 13;

/**
 * Finds a program as execvp(3) does: a name with a slash is a path, others are looked for in PATH.
 * @throws SyscallError ENOENT when there is none, EACCES when what there is cannot be run
 */
export function findProgram(command: string, cwd: string, path = USUAL_PATH): string {
  if (command.includes('/')) return command;
  let closed = false;
  for (const folder of command === '' ? [] : path.split(':')) {
    const candidate = resolve(cwd, folder, command);
    const found = look(candidate);
    if (found?.isFile() !== true) continue;
    if ((found.mode & 0o111) !== 0) return candidate;
    closed = true;
  }
  throw new SyscallError('posix_spawn', closed ? EACCES : ENOENT, command);
}

function look(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    // A folder of the path that is closed to this user is passed over.
    return undefined;
  }
}
