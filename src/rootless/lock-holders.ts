import { monotonic } from '../base/index.ts';
import { basename } from 'node:path';
import { commandOf, lockersOf, statOf } from '../proc/index.ts';
import { SET_UP, CONTINUE, LEAVE } from './internal-commands.ts';
import { kill } from './kill.ts';

/** How often processes are looked at, and how long one may do nothing before it is taken for stuck, in milliseconds. */
const LOOK = 250;
const IDLE_MAX = 5000;

/**
 * Looks after the processes that have a lock, while this one waits for what they do. One that does nothing for long, as a
 * program that was to have threads and got none, never will: it is ended.
 */
export class LockHolders {
  readonly #path: string;
  #looked = -Infinity;
  #pids: readonly number[] = [];
  #seen = '';
  #since = monotonic();

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Ends them if they are stuck. To be called again and again.
   * @returns what was ended; nothing as long as one of them does something, or was stopped by its user
   */
  endStuck(): readonly string[] {
    const now = monotonic();
    if (now - this.#looked < LOOK) return [];
    this.#looked = now;
    this.#pids = lockersOf(this.#path);
    const stats = this.#pids.map((pid) => statOf(pid));
    const seen = this.#pids.map((pid, i) => `${pid}:${stats[i]?.spent}`).join();
    if (seen !== this.#seen || stats.some((stat) => stat === undefined || /[RDT]/.test(stat.state))) this.#since = now;
    this.#seen = seen;
    if (this.#pids.length === 0 || now - this.#since < IDLE_MAX) return [];
    const names = this.#pids.map(describe);
    for (const pid of this.#pids) kill(pid);
    return names;
  }

  /** Differs when they are other processes. */
  get key(): string {
    return this.#pids.join();
  }

  /** Which processes they are, and what they have the lock for, as of the last look. */
  describe(): string {
    return this.#pids.length === 0 ? 'a process that is not visible here' : this.#pids.map(describe).join(', ');
  }
}

/** How long a process that is taken for stuck had done nothing. */
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
