import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { openOwn } from '../base/index.ts';
import { libc, LOCK_EX, LOCK_NB, LOCK_SH } from '../ffi/index.ts';

/*
 * Locks of flock(2) on files whose names say what is locked. The kernel releases a lock when its last descriptor is
 * closed, so also when its holder is killed. The file contains the process id of the holder, for processes that wait.
 */

export type LockMode = 'exclusive' | 'shared';

const FLAGS = { exclusive: LOCK_EX | LOCK_NB, shared: LOCK_SH | LOCK_NB } as const;

/**
 * Locks an open file without waiting. Returns false if another process holds the lock, also when this descriptor has it
 * in the other mode. @throws SyscallError
 */
export const tryLock = (fd: number, mode: LockMode = 'exclusive'): boolean => libc.flock(fd, FLAGS[mode]);

/** True if a path still is the open file: the previous holder of the lock may have removed the file. */
export const isFileAt = (fd: number, path: string): boolean =>
  fstatSync(fd).ino === statSync(path, { throwIfNoEntry: false })?.ino;

/** An exclusive lock that this process holds. */
export class LockFile {
  readonly path: string;
  #fd: number | undefined;

  private constructor(path: string, fd: number) {
    this.path = path;
    this.#fd = fd;
  }

  /**
   * Takes the lock, unless another process holds it.
   * @param open opens the file for reading and writing, and creates it if necessary
   * @returns the lock, or the process id of its holder, if known
   */
  static take(path: string, open: (path: string) => number): LockFile | { readonly holder: number | undefined } {
    for (;;) {
      const fd = open(path);
      let kept = false;
      try {
        if (!tryLock(fd)) return { holder: holderOf(fd) };
        // The previous holder may have removed the file between our open and our lock: then the lock protects nothing.
        if (!isFileAt(fd, path)) continue;
        writeHolder(fd);
        kept = true;
        return new LockFile(path, fd);
      } finally {
        if (!kept) closeSync(fd);
      }
    }
  }

  /** Renames a locked file to `path`: the file is never visible without its lock. @throws ErrnoException */
  static place(path: string, mode: number): LockFile {
    const fd = openOwn(`${path}.new`, constants.O_RDWR, mode);
    try {
      tryLock(fd);
      writeHolder(fd);
      renameSync(`${path}.new`, path);
      return new LockFile(path, fd);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** Releases the lock, and leaves its file. */
  release(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  /** Releases the lock and removes its file, unless another file has replaced it. */
  remove(): void {
    if (this.#fd === undefined) return;
    // Before the release: no other process can have locked this file yet.
    if (isFileAt(this.#fd, this.path)) unlinkSync(this.path);
    this.release();
  }
}

/** If no space is left, locking must still work: who holds the lock is less important than that it is held. */
function writeHolder(fd: number): void {
  ftruncateSync(fd);
  try {
    writeSync(fd, `${process.pid}\n`, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}

function holderOf(fd: number): number | undefined {
  const buffer = Buffer.alloc(32);
  return parseHolder(buffer.toString('latin1', 0, readSync(fd, buffer, 0, buffer.length, 0)));
}

/** Parses the process id in a lock file; undefined if there is none. */
export function parseHolder(text: string): number | undefined {
  const pid = Number(text);
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

/**
 * True if no process has a file locked. Tries a shared lock, which prevents others from an exclusive one for an
 * instant, but detects holders that /proc/locks does not show, such as those in another PID namespace. Undefined if
 * there is no file.
 */
export function isUnlocked(path: string): boolean | undefined {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return tryLock(fd, 'shared');
  } finally {
    closeSync(fd);
  }
}
