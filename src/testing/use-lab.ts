import { basename } from 'node:path';
import { checkArgument, checkOptions, type Kind } from '../base/index.ts';
import { Capture, type CaptureOptions } from '../capture/index.ts';
import { Lab, type UpOptions } from '../lab/index.ts';
import type { TopologyInput } from '../topology/index.ts';
import { requirePrivilege } from '../proc/index.ts';
import { runningTest, type RunningTest, type TestContext } from './context.ts';
import { writeEvidence } from './evidence.ts';
import { removeLabsOfEndedRuns, TestRun } from './test-run.ts';

/** Options of {@link useLab}: what to save of a failed test, and where. */
export interface UseLabOptions extends Pick<UpOptions, 'wait'> {
  /**
   * Whether to capture the packets of all nodes, and how many bytes of them to keep, for a failed test; true when
   * absent. Each packet costs a few microseconds.
   */
  readonly capture?: boolean | CaptureOptions;
  /** The parent of the folders of failed tests; $NETWRIGHT_TEST_RESULTS, or `test-results`, when absent. */
  readonly folder?: string;
}

/** The context in vitest is a function. */
const CONTEXT: Kind = [
  'the context of a test',
  (value) => (typeof value === 'object' && value !== null) || typeof value === 'function',
];

/**
 * Creates a lab with a unique name for one test of `node:test` or vitest. At the end of the test, whether it has
 * passed, failed, timed out or been cancelled, the lab is removed with everything in it. If the test has not passed, a
 * folder is written first and its path is printed: the lab's state, its nftables rules with their counters, the logs of
 * its services, and the packets that its nodes have sent and received.
 *
 * With a {@link Lab} that exists already, which several tests can share, only the folder is written: the lab is not
 * removed.
 *
 * @param context the argument of the test function
 * @param topology a topology, the path of a topology file, or a lab
 * @throws as {@link Lab.up}; UsageError for an invalid argument
 *
 * @example
 * test('web answers', async (t) => {
 *   const lab = await useLab(t, 'shop.yaml');
 *   assert.equal((await lab.node('laptop').fetch('http://web/')).status, 200);
 * });
 */
export async function useLab(
  context: TestContext,
  topology: TopologyInput | string | Lab,
  options: UseLabOptions = {},
): Promise<Lab> {
  checkArgument('context', context, CONTEXT);
  checkOptions(options, { wait: 'time', capture: 'any', folder: 'text' });
  if (typeof options.capture === 'object') checkOptions(options.capture, { limit: 'count' }, 'options.capture');
  const test = runningTest(context);
  const starting =
    topology instanceof Lab ? Promise.resolve(use(topology, options, () => {})) : create(topology, test, options);
  let ending: Promise<void> | undefined;
  const endOnce = (): Promise<void> =>
    (ending ??= starting.then(
      (used) => end(used, test, options),
      () => {},
    ));
  // Before the lab is up: the test can end earlier, and then waits here until the lab is up and removed.
  test.atEnd(endOnce);
  // When a parent test ends, node:test cancels its subtests without another notification.
  test.signal?.addEventListener('abort', () => setImmediate(() => void endOnce()), { once: true });
  return (await starting).lab;
}

interface Used {
  readonly lab: Lab;
  readonly capture: Capture | undefined;
  readonly release: () => Promise<void> | void;
}

async function create(topology: TopologyInput | string, test: RunningTest, options: UseLabOptions): Promise<Used> {
  requirePrivilege('creating a lab for a test');
  await (cleaned ??= removeLabsOfEndedRuns());
  const run = TestRun.current;
  const label = typeof topology === 'string' ? basename(topology).replace(/\..*$/, '') : topology.name;
  const name = run.newName(labPrefix(label ?? test.name));
  const { wait = 0 } = options;
  const release = (lab: Lab) => async (): Promise<void> => {
    await lab[Symbol.asyncDispose]();
    run.forget(name);
  };
  const lab = await Lab.up(topology, { wait, name, ...(test.signal === undefined ? {} : { signal: test.signal }) });
  try {
    return use(lab, options, release(lab));
  } catch (error) {
    await release(lab)();
    throw error;
  }
}

/** Removes the labs of killed test runs, once in each process. */
let cleaned: Promise<unknown> | undefined;

/** The beginning of a lab's name: a text with its invalid characters replaced. */
const labPrefix = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '') || 'test';

function use(lab: Lab, { capture = true }: UseLabOptions, release: Used['release']): Used {
  if (capture === false) return { lab, capture: undefined, release };
  const sources = lab.nodes.map(({ name, namespace }) => ({ name, namespace }));
  return { lab, capture: new Capture(sources, capture === true ? {} : capture), release };
}

async function end({ lab, capture, release }: Used, test: RunningTest, options: UseLabOptions): Promise<void> {
  const { folder = process.env['NETWRIGHT_TEST_RESULTS'] ?? 'test-results' } = options;
  const failure = test.failure();
  try {
    capture?.stop();
    if (failure !== undefined) {
      const written = await writeEvidence(lab, { folder, test: test.name, failure, capture });
      test.print(`the state of the lab and its packets when "${test.name}" failed: ${written}`);
    }
  } catch (error) {
    test.print(`the state of lab "${lab.name}" could not be saved: ${String(error)}`);
  } finally {
    await release();
  }
}
