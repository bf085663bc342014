import { down, downSync } from '../lab/index.ts';
import { leaseTestRun, removeAbandoned, TEST_RUN, testLabName, testRunId, type Lease } from '../lease/index.ts';

/** The test run of this process, and its labs. */
export class TestRun {
  static #current: TestRun | undefined;
  readonly #id = testRunId();
  readonly #lease: Lease;
  readonly #labs = new Set<string>();
  #count = 0;

  /** The test run, which begins with the first call. */
  static get current(): TestRun {
    TestRun.#current ??= new TestRun();
    return TestRun.#current;
  }

  private constructor() {
    this.#lease = leaseTestRun(this.#id);
    process.once('exit', () => this.#end());
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) this.#endOn(signal);
  }

  /** A signal without a handler ends the process without 'exit' events. If others handle it, it is left to them. */
  #endOn(signal: NodeJS.Signals): void {
    const handle = (): void => {
      if (process.listenerCount(signal) > 1) return;
      this.#end();
      process.off(signal, handle);
      process.kill(process.pid, signal);
    };
    process.on(signal, handle);
  }

  /** Returns a unique name for a lab. */
  newName(topology: string): string {
    const name = testLabName(topology, this.#id, ++this.#count);
    this.#labs.add(name);
    return name;
  }

  /** To be called when the lab has been removed. */
  forget(lab: string): void {
    this.#labs.delete(lab);
  }

  /** Removes, synchronously, the labs that an exit during a test has left. */
  #end(): void {
    let failed = false;
    for (const lab of this.#labs) {
      try {
        downSync(lab);
      } catch {
        // The lease stays: the next test run removes the lab.
        failed = true;
      }
    }
    if (!failed) this.#lease.remove();
  }
}

/** How long to wait for the lock of a lab, in milliseconds. */
const WAIT = 10_000;

/** Removes the labs of test runs that were killed. A lab that cannot be removed now is left to a later run. */
export const removeLabsOfEndedRuns = (): Promise<unknown> =>
  removeAbandoned(TEST_RUN, (lab) => down(lab, { wait: WAIT }));
