import { randomInt } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { Lock, LockedError } from '../apply/index.ts';
import { LAB_NAME_MAX } from '../format/index.ts';
import { RUN_DIRECTORY, labNames } from '../netns/index.ts';
import { down, downAtOnce } from './down.ts';

/*
 * The labs of a process that runs tests have names that end in the run's id and a number. The run holds a lock of that id
 * for as long as it lives, however it ends: a file of such a lock that nobody holds says that the labs of that run, if
 * there are any, are nobody's. A lab of anybody else's may end in the same letters: without the file it is not touched.
 */

const ID_LENGTH = 8;
const LAB = new RegExp(`-([0-9a-z]{${ID_LENGTH}})-[0-9]+$`);
const LOCK_FILE = new RegExp(`^(test\\.([0-9a-z]{${ID_LENGTH}}))\\.lock$`);

const lockOf = (id: string): string => `test.${id}`;

/** Whether a lab is of a run of tests that has ended without taking it down. */
export function isAbandoned(lab: string): boolean {
  const id = LAB.exec(lab)?.[1];
  return id !== undefined && existsSync(`${RUN_DIRECTORY}/${lockOf(id)}.lock`) && !Lock.isHeld(lockOf(id));
}

/** Whether a run's lock, which nobody holds, still tells whose labs are. */
export const isNeededLock = (lock: string): boolean =>
  LOCK_FILE.test(`${lock}.lock`) && labNames().some((lab) => lockOf(LAB.exec(lab)?.[1] ?? '') === lock);

/** This process's run of tests. */
export class TestRun {
  static #current: TestRun | undefined;
  readonly #id: string;
  readonly #lock: Lock;
  readonly #labs = new Set<string>();
  #count = 0;

  /** Begins it at the first call. */
  static get current(): TestRun {
    TestRun.#current ??= new TestRun();
    return TestRun.#current;
  }

  private constructor() {
    this.#id = Array.from({ length: ID_LENGTH }, () => randomInt(36).toString(36)).join('');
    this.#lock = Lock.take(lockOf(this.#id));
    process.once('exit', () => this.#end());
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) this.#endOn(signal);
  }

  /** A signal ends a process without an 'exit', unless somebody handles it: who does decides what comes of it. */
  #endOn(signal: NodeJS.Signals): void {
    const handle = (): void => {
      if (process.listenerCount(signal) > 1) return;
      this.#end();
      process.off(signal, handle);
      process.kill(process.pid, signal);
    };
    process.on(signal, handle);
  }

  /** A name for a lab that no other lab has. */
  newName(topology: string): string {
    const suffix = `-${this.#id}-${++this.#count}`;
    const name = `${topology.slice(0, LAB_NAME_MAX - suffix.length)}${suffix}`;
    this.#labs.add(name);
    return name;
  }

  /** The lab is down. */
  forget(lab: string): void {
    this.#labs.delete(lab);
  }

  /** Takes down, without waiting, what an exit in the middle of a test has left. */
  #end(): void {
    let left = false;
    for (const lab of this.#labs) {
      try {
        downAtOnce(lab);
      } catch {
        // Whoever runs tests next sees to it, by the lock that stays.
        left = true;
      }
    }
    if (!left) this.#lock[Symbol.dispose]();
  }
}

/**
 * Takes down the labs of runs that were killed, and says which. One that cannot be taken down now is left to a later run:
 * its run's lock is kept until this process ends.
 */
export async function removeAbandoned(): Promise<string[]> {
  const removed: string[] = [];
  for (const file of existsSync(RUN_DIRECTORY) ? readdirSync(RUN_DIRECTORY) : []) {
    const [, name, id] = LOCK_FILE.exec(file) ?? [];
    if (name === undefined) continue;
    const lock = takeIfFree(name);
    if (lock === undefined) continue;
    const abandoned = labNames().filter((lab) => LAB.exec(lab)?.[1] === id);
    const downs = await Promise.allSettled(abandoned.map((lab) => down(lab, { wait: WAIT })));
    removed.push(...abandoned.filter((_, i) => downs[i]!.status === 'fulfilled'));
    if (downs.every(({ status }) => status === 'fulfilled')) lock[Symbol.dispose]();
  }
  return removed;
}

/** How long to wait for somebody who is changing a lab, in milliseconds. */
const WAIT = 10_000;

function takeIfFree(name: string): Lock | undefined {
  try {
    return Lock.take(name);
  } catch (error) {
    if (error instanceof LockedError) return undefined;
    throw error;
  }
}
