// A program that brings one lab up, or takes it down, as it is told to: for tests that kill it or get in its way.
import { execFileSync } from 'node:child_process';
import { readdirSync, readSync, writeSync } from 'node:fs';
import { down, Lab, type TopologyInput } from '../../src/library/index.ts';

export interface Orders {
  readonly topology: TopologyInput & { readonly name: string };
  /** After how many operations it kills itself, with the signal that nothing can handle. */
  readonly killAfter?: number;
  /** How long it stops after each operation, in milliseconds. */
  readonly pause?: number;
  /** Takes the lab down instead. */
  readonly down?: boolean;
  /** How many more descriptors it may open than it has. */
  readonly descriptors?: number;
  /** How long it waits for another process, in milliseconds. */
  readonly wait?: number;
}

/** What it says last. */
export interface Outcome {
  readonly milliseconds?: number;
  readonly operations?: number;
  readonly error?: {
    readonly name: string;
    readonly code: string;
    readonly message: string;
    readonly rolledBack?: boolean;
    readonly cause?: string;
  };
}

const say = (value: unknown): void => {
  writeSync(1, `${JSON.stringify(value)}\n`);
};

const { topology, killAfter, pause, descriptors, wait = 0, ...orders } = JSON.parse(process.argv[2]!) as Orders;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

if (descriptors !== undefined) {
  const limit = readdirSync('/proc/self/fd').length + descriptors;
  execFileSync('prlimit', [`--pid=${process.pid}`, `--nofile=${limit}:${limit}`]);
}
// Started, and told to begin when it is its turn.
readSync(0, Buffer.alloc(1));
say('begin');
void obey();

async function obey(): Promise<void> {
  const started = performance.now();
  try {
    let operations = 0;
    if (orders.down === true) await down(topology.name, { wait });
    else {
      const lab = await Lab.up(topology, {
        wait,
        ...(killAfter === undefined && pause === undefined
          ? {}
          : {
              onOperation: (_, index) => {
                if (index + 1 === killAfter) process.kill(process.pid, 'SIGKILL');
                if (pause !== undefined) Atomics.wait(sleeper, 0, 0, pause);
              },
            }),
      });
      operations = lab.result!.operations.length;
    }
    say({ milliseconds: performance.now() - started, operations } satisfies Outcome);
  } catch (error) {
    const { name, code, message, rolledBack, cause } = error as Error & { code: string; rolledBack?: boolean };
    say({
      error: { name, code, message, ...(rolledBack === undefined ? {} : { rolledBack }), cause: String(cause) },
    } satisfies Outcome);
  }
}
