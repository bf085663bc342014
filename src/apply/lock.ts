import { monotonic, checkArgument, CapabilityError, openOwn, PUBLIC_MODE } from '../base/index.ts';
import { constants } from 'node:fs';
import { checkName, makeDirectory, RUN_DIRECTORY } from '../netns/index.ts';
import { explainUnwritable, isFlocked, LockFile } from '../proc/index.ts';
import { LockedError, LockFileError } from './error.ts';

/**
 * The lock of a lab, of the host's settings, or of another name: a lock file under /run/netwright with flock(2), which
 * the kernel releases when the process that holds it dies.
 */
export class Lock implements Disposable {
  readonly #file: LockFile;

  private constructor(file: LockFile) {
    this.#file = file;
  }

  /** Takes the lock of a lab. @throws LockedError immediately if another process holds it */
  static take(lab: string): Lock {
    const lock = Lock.#try(lab);
    if (lock instanceof Lock) return lock;
    throw new LockedError(lab, lock.pid);
  }

  /**
   * Takes the lock, and waits for it if necessary.
   * @param milliseconds the maximum time to wait; Infinity for no limit
   * @throws LockedError if it is still held after that time
   */
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

  /**
   * Whether a process holds the lock, this one included. Only reads, so that it cannot prevent others from taking it.
   */
  static isHeld(lab: string): boolean {
    return isFlocked(lockPath(lab));
  }

  static #try(lab: string): Lock | { pid: number | undefined } {
    const file = LockFile.take(lockPath(lab), (path) => openLock(lab, path));
    return file instanceof LockFile ? new Lock(file) : { pid: file.holder };
  }

  /** Releases the lock and removes its file. */
  [Symbol.dispose](): void {
    this.#file.remove();
  }
}

const lockPath = (lab: string): string => `${RUN_DIRECTORY}/${checkName(lab)}.lock`;

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
