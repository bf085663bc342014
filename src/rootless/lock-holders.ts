import { monotonic } from '../base/index.ts';
import { basename } from 'node:path';
import { commandOf, lockersOf, statOf } from '../proc/index.ts';
import { SET_UP, CONTINUE, LEAVE } from './internal-commands.ts';
import { kill } from './kill.ts';

/**
 * Milliseconds: the interval between looks at the processes, and how long a process may be idle before it counts as
 * stuck.
 */
const LOOK_INTERVAL = 250;
const IDLE_MAX = 5000;

/**
 * Watches the processes that hold a lock while this one waits for it. A process that stays idle, such as a program that
 * could not start its threads, never finishes: it is killed.
 */
export class LockHolders {
  readonly #path: string;
  #lookedAt = -Infinity;
  #pids: readonly number[] = [];
  #activity = '';
  #idleSince = monotonic();

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Kills them if they are stuck. To be called repeatedly.
   * @returns descriptions of the killed processes; empty as long as one of them runs, or is stopped by its user
   */
  endStuck(): readonly string[] {
    const now = monotonic();
    if (now - this.#lookedAt < LOOK_INTERVAL) return [];
    this.#lookedAt = now;
    this.#pids = lockersOf(this.#path);
    const stats = this.#pids.map((pid) => statOf(pid));
    const activity = this.#pids.map((pid, i) => `${pid}:${stats[i]?.spent}`).join();
    if (activity !== this.#activity || stats.some((stat) => stat === undefined || /[RDT]/.test(stat.state)))
      this.#idleSince = now;
    this.#activity = activity;
    if (this.#pids.length === 0 || now - this.#idleSince < IDLE_MAX) return [];
    const descriptions = this.#pids.map(describe);
    for (const pid of this.#pids) kill(pid);
    return descriptions;
  }

  /** Changes when other processes hold the lock. */
  get key(): string {
    return this.#pids.join();
  }

  /** Describes the processes and why they hold the lock, as of the last look. */
  describe(): string {
    return this.#pids.length === 0 ? 'a process that is not visible here' : this.#pids.map(describe).join(', ');
  }
}

/** How long a process was idle that counts as stuck. */
export const IDLE_LIMIT = `${IDLE_MAX / 1000} s`;

const ROLES: Readonly<Record<string, string>> = {
  [SET_UP]: 'which sets it up',
  [CONTINUE]: 'which enters it',
  [LEAVE]: 'which ends it if it is empty',
};

function describe(pid: number): string {
  const words = commandOf(pid).split(' ');
  const role = words.find((word) => Object.hasOwn(ROLES, word));
  const file = words.findIndex((word) => word.endsWith('/cli.cjs'));
  const program = file < 0 ? basename(words[0]!) : `netwright ${words[file + 1]}`;
  const name = role === undefined ? program : ROLES[role]!;
  const stopped = statOf(pid)?.state === 'T' ? ', and is stopped: continue it (kill -CONT) or end it' : '';
  return `process ${pid} (${name}${stopped})`;
}
