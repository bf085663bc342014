import { down, downAtOnce } from '../lab/index.ts';
import { leaseTestRun, removeAbandoned, TEST_RUN, testLabName, testRunId, type Lease } from '../lease/index.ts';

/** This process's run of tests, and the labs that are up for it. */
export class TestRun {
  static #current: TestRun | undefined;
  readonly #id = testRunId();
  readonly #lease: Lease;
  readonly #labs = new Set<string>();
  #count = 0;

  /** Begins it at the first call. */
  static get current(): TestRun {
    TestRun.#current ??= new TestRun();
    return TestRun.#current;
  }

  private constructor() {
    this.#lease = leaseTestRun(this.#id);
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
    const name = testLabName(topology, this.#id, ++this.#count);
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
        // Whoever runs tests next sees to it, by the lease that stays.
        left = true;
      }
    }
    if (!left) this.#lease.remove();
  }
}

/** How long to wait for somebody who is changing a lab, in milliseconds. */
const WAIT = 10_000;

/** Takes down the labs of runs that were killed. One that cannot be taken down now is left to a later run. */
export const removeLabsOfEndedRuns = (): Promise<unknown> =>
  removeAbandoned(TEST_RUN, (lab) => down(lab, { wait: WAIT }));
