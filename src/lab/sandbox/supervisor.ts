import { closeSync, openSync, readdirSync, statSync } from 'node:fs';
import { Lock } from '../../apply/index.ts';
import { libc, LOCK_EX, LOCK_NB } from '../../ffi/index.ts';
import { RUN_DIRECTORY } from '../../netns/index.ts';
import { down } from '../down.ts';
import { labNames } from '../store.ts';
import { removeLimits } from './limits.ts';

/** What labs that hold a sandbox are called, and no others should be. */
const PREFIX = 'run-';
const FILE = 'supervisor';

/** A lab without one, younger than this many milliseconds, may be about to get it. */
const YOUNG = 30_000;

/** A name for a sandbox's lab. */
export const sandboxName = (): string => `${PREFIX}${Math.random().toString(36).slice(2, 10)}`;

/**
 * A lock that is held for as long as a sandbox has somebody to look after it: the kernel gives it back when that process
 * ends, however it does.
 */
export class Supervision implements Disposable {
  readonly #fd: number;

  constructor(lab: string) {
    this.#fd = openSync(`${RUN_DIRECTORY}/${lab}/${FILE}`, 'a', 0o600);
    libc.flock(this.#fd, LOCK_EX | LOCK_NB);
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}

/** Whether a lab was a sandbox, and nobody looks after it any more. */
export function isAbandoned(lab: string): boolean {
  if (!lab.startsWith(PREFIX) || Lock.isHeld(lab)) return false;
  const path = `${RUN_DIRECTORY}/${lab}/${FILE}`;
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw error;
    const folder = statSync(`${RUN_DIRECTORY}/${lab}`, { throwIfNoEntry: false });
    const marked = folder !== undefined && readdirSync(`${RUN_DIRECTORY}/${lab}`).includes('topology.json');
    return marked && Date.now() - folder.mtimeMs > YOUNG;
  }
  try {
    return libc.flock(fd, LOCK_EX | LOCK_NB);
  } finally {
    closeSync(fd);
  }
}

/** Removes sandboxes that nobody looks after any more: those of processes that were killed. */
export async function removeAbandoned(): Promise<void> {
  for (const lab of labNames().filter(isAbandoned)) {
    await down(lab);
    removeLimits(lab);
  }
}
