import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { NetwrightError } from './error.ts';

/*
 * What Netwright keeps on disk for itself. The umask is the user's, and says what others may do with the user's files: with
 * 000 anybody could write into these, and with 077 programs of other users could not read what is for them. So each has
 * the mode that it is given here. No link is followed, and nothing is read that could not have been written here.
 */

/** What others may read: names of nodes, process ids. */
export const PUBLIC_MODE = 0o644;
/** What may hold secrets: a topology with variables for programs, logs. */
export const PRIVATE_MODE = 0o640;
/** What root alone reads: settings of the host. */
export const OWNER_MODE = 0o600;
const FOLDER_MODE = 0o755;

/**
 * Opens a file of Netwright's own, which is made if need be and has this mode from now on, whatever the umask.
 * @param flags as of open(2), such as O_RDWR; O_CREAT and O_NOFOLLOW are added, and O_CLOEXEC by Node
 * @throws ErrnoException ELOOP where there is a symbolic link
 */
export function openOwn(path: string, flags: number, mode: number): number {
  const fd = openSync(path, flags | constants.O_CREAT | constants.O_NOFOLLOW, mode);
  try {
    fchmodSync(fd, mode);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Writes a file of Netwright's own. @throws ErrnoException as {@link openOwn} */
export function writeOwn(path: string, content: string | Uint8Array, mode: number): void {
  const fd = openOwn(path, constants.O_WRONLY | constants.O_TRUNC, mode);
  try {
    writeFileSync(fd, content);
  } finally {
    closeSync(fd);
  }
}

/** The same, so that whoever reads it finds the old content or the new, whole. */
export function replaceOwn(path: string, content: string | Uint8Array, mode: number): void {
  writeOwn(`${path}.new`, content, mode);
  try {
    renameSync(`${path}.new`, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EISDIR') throw error;
    // Nobody but who has spoilt it has made a folder of that name.
    rmSync(path, { recursive: true });
    renameSync(`${path}.new`, path);
  }
}

/** Makes a folder that everybody may look into and its owner alone write to, with those above it, where there is none. */
export function makeOwnFolder(path: string): void {
  try {
    mkdirSync(path, { mode: FOLDER_MODE });
    chmodSync(path, FOLDER_MODE);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Node's own recursive way says ENOENT where the file system is read-only.
    if (code === 'ENOENT' && dirname(path) !== path) {
      makeOwnFolder(dirname(path));
      makeOwnFolder(path);
    } else if (code !== 'EEXIST') throw error;
  }
}

/** What a file of Netwright's own cannot be: a folder, a link, a pipe, or larger than any that was ever written. */
export class NotOwnFileError extends NetwrightError {
  readonly code = 'ERR_NOT_OWN_FILE';
}

/**
 * Reads a file of Netwright's own; undefined when there is none.
 * @param most how large it may be, in bytes
 * @throws NotOwnFileError when it is something else than a file, or larger; ErrnoException
 */
export function readOwn(path: string, most: number): string | undefined {
  // Most often there is none, and an error costs more than to look.
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (code === 'ELOOP') throw new NotOwnFileError('it is a symbolic link');
    throw error;
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw new NotOwnFileError(stat.isDirectory() ? 'it is a folder' : 'it is not a regular file');
    if (stat.size > most) throw new NotOwnFileError(`it has ${stat.size} bytes, more than the maximum of ${most}`);
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}
