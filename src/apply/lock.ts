import { monotonic } from '../base/clock.ts';
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  readFileSync,
  readSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { checkArgument } from '../base/arguments.ts';
import { CapabilityError } from '../base/error.ts';
import { openOwn, PUBLIC_MODE } from '../base/own-files.ts';
import { libc, LOCK_EX, LOCK_NB } from '../ffi/index.ts';
import { checkName, makeDirectory, RUN_DIRECTORY } from '../netns/index.ts';
import { explainUnwritable } from '../proc/index.ts';
import { LockedError, LockFileError } from './error.ts';

/**
 * A lock that the kernel gives back when its holder dies, however it dies. The file holds the holder's process id for
 * whoever waits to read.
 */
export class Lock implements Disposable {
  readonly #path: string;
  #fd: number | undefined;

  private constructor(path: string, fd: number) {
    this.#path = path;
    this.#fd = fd;
  }

  /** Takes the lock of a lab. @throws LockedError at once when another process has it */
  static take(lab: string): Lock {
    const lock = Lock.#try(lab);
    if (lock instanceof Lock) return lock;
    throw new LockedError(lab, lock.pid);
  }

  /** Takes the lock, waiting for its holder for up to `milliseconds`, with Infinity as long as it takes. @throws LockedError when it is still held then */
  static async wait(lab: string, milliseconds: number, signal?: AbortSignal): Promise<Lock> {
    checkArgument('options.wait', milliseconds, 'time');
    const deadline = monotonic() + milliseconds;
    for (;;) {
      signal?.throwIfAborted();
      const lock = Lock.#try(lab);
      if (lock instanceof Lock) return lock;
      if (monotonic() >= deadline) throw new LockedError(lab, lock.pid);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Whether a process holds the lock, this one included. Reads only: nobody is kept from taking it by being asked. */
  static isHeld(lab: string): boolean {
    const file = statSync(`${RUN_DIRECTORY}/${checkName(lab)}.lock`, { throwIfNoEntry: false });
    if (file === undefined) return false;
    const { dev, ino } = file;
    const major = (dev >>> 8) & 0xfff;
    const minor = (dev & 0xff) | ((dev >>> 12) & 0xfff00);
    const place = ` ${hex(major)}:${hex(minor)}:${ino} `;
    // proc(5): `1: FLOCK  ADVISORY  WRITE 4711 00:1b:2222 0 EOF`.
    return readFileSync('/proc/locks', 'latin1')
      .split('\n')
      .some((line) => line.includes('FLOCK') && !line.includes('->') && line.includes(place));
  }

  static #try(lab: string): Lock | { pid: number | undefined } {
    const path = `${RUN_DIRECTORY}/${checkName(lab)}.lock`;
    for (;;) {
      const fd = openLock(lab, path);
      let kept = false;
      try {
        if (!libc.flock(fd, LOCK_EX | LOCK_NB)) return { pid: holder(fd) };
        // The holder before may have removed the file between our opening and locking it: then it is nobody's lock.
        if (fstatSync(fd).ino !== statSync(path, { throwIfNoEntry: false })?.ino) continue;
        ftruncateSync(fd);
        sayHolder(fd);
        kept = true;
        return new Lock(path, fd);
      } finally {
        if (!kept) closeSync(fd);
      }
    }
  }

  [Symbol.dispose](): void {
    if (this.#fd === undefined) return;
    // While it is still held, so that nobody can have locked this file in between.
    unlinkSync(this.#path);
    closeSync(this.#fd);
    this.#fd = undefined;
  }
}

/** @throws LockFileError */
function openLock(lab: string, path: string): number {
  try {
    makeDirectory(RUN_DIRECTORY);
    return explainUnwritable(path, () => openOwn(path, constants.O_RDWR | constants.O_APPEND, PUBLIC_MODE));
  } catch (error) {
    if (error instanceof CapabilityError) throw error;
    throw new LockFileError(lab, error as Error);
  }
}

/** Where there is no space left, labs must still be taken down: that the lock is held is what counts, not by whom. */
function sayHolder(fd: number): void {
  try {
    writeSync(fd, `${process.pid}\n`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}

const hex = (number: number): string => number.toString(16).padStart(2, '0');

function holder(fd: number): number | undefined {
  const buffer = Buffer.alloc(32);
  const pid = Number(buffer.toString('latin1', 0, readSync(fd, buffer, 0, buffer.length, 0)));
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}
