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
 * Locks of flock(2) on files whose names say what is locked. The kernel gives a lock back when the last descriptor of it is
 * closed, so however its holder ends. The file holds its holder's process id, for whoever waits to read.
 */

export type LockMode = 'exclusive' | 'shared';

const FLAGS = { exclusive: LOCK_EX | LOCK_NB, shared: LOCK_SH | LOCK_NB } as const;

/** Locks an open file unless others have it locked, also where this descriptor has the other mode already. @throws SyscallError */
export const tryLock = (fd: number, mode: LockMode = 'exclusive'): boolean => libc.flock(fd, FLAGS[mode]);

/** Whether a path still leads to an open file: whoever held a lock before may have removed its file. */
export const isFileAt = (fd: number, path: string): boolean =>
  fstatSync(fd).ino === statSync(path, { throwIfNoEntry: false })?.ino;

/** A lock that is held, exclusively. */
export class LockFile {
  readonly path: string;
  #fd: number | undefined;

  private constructor(path: string, fd: number) {
    this.path = path;
    this.#fd = fd;
  }

  /**
   * Takes the lock unless others have it.
   * @param open opens the file for reading and writing, and makes it if need be
   * @returns the lock, or the process that has it as far as that is known
   */
  static take(path: string, open: (path: string) => number): LockFile | { readonly holder: number | undefined } {
    for (;;) {
      const fd = open(path);
      let kept = false;
      try {
        if (!tryLock(fd)) return { holder: holderOf(fd) };
        // The holder before may have removed the file between our opening and locking it: then it is nobody's lock.
        if (!isFileAt(fd, path)) continue;
        sayHolder(fd);
        kept = true;
        return new LockFile(path, fd);
      } finally {
        if (!kept) closeSync(fd);
      }
    }
  }

  /** Puts a file that is locked already in its place: nobody ever sees it without its lock. @throws ErrnoException */
  static place(path: string, mode: number): LockFile {
    const fd = openOwn(`${path}.new`, constants.O_RDWR, mode);
    try {
      tryLock(fd);
      sayHolder(fd);
      renameSync(`${path}.new`, path);
      return new LockFile(path, fd);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** Gives the lock back, and leaves its file. */
  release(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  /** Gives the lock back with its file, unless that is gone or another by now. */
  remove(): void {
    if (this.#fd === undefined) return;
    // While it is still held, so that nobody can have locked this file in between.
    if (isFileAt(this.#fd, this.path)) unlinkSync(this.path);
    this.release();
  }
}

/** Where there is no space left, locks must still be had: that one is held is what counts, not by whom. */
function sayHolder(fd: number): void {
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

/** The process id that the file of a lock has; undefined when it has none. */
export function parseHolder(text: string): number | undefined {
  const pid = Number(text);
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

/**
 * Whether nobody has a file locked: by trying, which keeps others from an exclusive lock for an instant, and finds holders that
 * /proc/locks does not show, as those in another PID namespace. Undefined where there is no such file.
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
