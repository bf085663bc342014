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
 * Netwright's own files. Their modes do not depend on the umask of the user: with 000 every user could write to these
 * files, and with 077 the programs of other users could not read files that are meant for them. Symbolic links are not
 * followed. Files that Netwright cannot have written are not read.
 */

/** For files that every user can read: names of nodes, process IDs. */
export const PUBLIC_MODE = 0o644;
/** For files that can contain secrets: a topology with the values of variables, logs. */
export const PRIVATE_MODE = 0o640;
/** For files that only root can read: settings of the host. */
export const OWNER_MODE = 0o600;
const FOLDER_MODE = 0o755;

/**
 * Opens a file of Netwright's own. Creates it if necessary, and sets its mode regardless of the umask.
 * @param flags the flags of open(2), such as O_RDWR; O_CREAT and O_NOFOLLOW are added, and O_CLOEXEC by Node
 * @throws ErrnoException ELOOP for a symbolic link
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

/** The same, atomically: readers find either the old or the new content. */
export function replaceOwn(path: string, content: string | Uint8Array, mode: number): void {
  writeOwn(`${path}.new`, content, mode);
  try {
    renameSync(`${path}.new`, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EISDIR') throw error;
    // Netwright creates no folder of that name: something else has damaged its files.
    rmSync(path, { recursive: true });
    renameSync(`${path}.new`, path);
  }
}

/** Creates a folder with mode 0755, and its parents, if it does not exist. */
export function makeOwnFolder(path: string): void {
  try {
    mkdirSync(path, { mode: FOLDER_MODE });
    chmodSync(path, FOLDER_MODE);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Node's `recursive` option reports ENOENT instead of EROFS on a read-only file system.
    if (code === 'ENOENT' && dirname(path) !== path) {
      makeOwnFolder(dirname(path));
      makeOwnFolder(path);
    } else if (code !== 'EEXIST') throw error;
  }
}

/** A file is not one that Netwright has written: it is a folder, a link or a pipe, or too large. */
export class NotOwnFileError extends NetwrightError {
  readonly code = 'ERR_NOT_OWN_FILE';
}

/**
 * Reads a file of Netwright's own; undefined if it does not exist.
 * @param maxSize its maximum size in bytes
 * @throws NotOwnFileError if it is not a regular file, or larger; ErrnoException
 */
export function readOwn(path: string, maxSize: number): string | undefined {
  // Usually the file does not exist, and lstat(2) costs less than an exception.
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
    if (stat.size > maxSize)
      throw new NotOwnFileError(`it has ${stat.size} bytes, more than the maximum of ${maxSize}`);
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}
