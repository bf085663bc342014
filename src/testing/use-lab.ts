import { basename } from 'node:path';
import { checkArgument, checkOptions, type Kind } from '../base/index.ts';
import { Capture, type CaptureOptions } from '../capture/index.ts';
import { Lab, type UpOptions } from '../lab/index.ts';
import type { TopologyInput } from '../topology/index.ts';
import { requirePrivilege } from '../proc/index.ts';
import { runningTest, type RunningTest, type TestContext } from './context.ts';
import { writeEvidence } from './evidence.ts';
import { removeLabsOfEndedRuns, TestRun } from './test-run.ts';

/** What is kept of a test that fails, and where. */
export interface UseLabOptions extends Pick<UpOptions, 'wait'> {
  /**
   * Whether, and how many of, the packets of all nodes are kept for a test that fails: true when absent. They cost a few
   * microseconds each.
   */
  readonly capture?: boolean | CaptureOptions;
  /** Where the folder of a test that has failed goes: NETWRIGHT_TEST_RESULTS, or `test-results`, when absent. */
  readonly folder?: string;
}

/** Vitest's is a function. */
const CONTEXT: Kind = [
  'the context of a test',
  (value) => (typeof value === 'object' && value !== null) || typeof value === 'function',
];

/**
 * A lab for one test of `node:test` or vitest, under a name that no other has. When the test is over, whether it has passed,
 * failed, taken too long or been cancelled, the lab is taken down with everything in it. When it has not passed, a folder
 * with the lab's state, its rules with their counters, its services' logs and the packets that its nodes have sent and
 * received is written first, and said.
 *
 * Given a lab that is up, one that several tests share, only the latter: it is not taken down.
 *
 * @param context what the test's function is called with
 * @throws as {@link Lab.up}
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
    topology instanceof Lab ? Promise.resolve(use(topology, options, () => {})) : bringUp(topology, test, options);
  let ending: Promise<void> | undefined;
  const endOnce = (): Promise<void> =>
    (ending ??= starting.then(
      (used) => end(used, test, options),
      () => {},
    ));
  // Before it is up: the test may be over by then, and waits here for it to come and go.
  test.atEnd(endOnce);
  // node:test does not tell those that it cancels when their parent ends otherwise.
  test.signal?.addEventListener('abort', () => setImmediate(() => void endOnce()), { once: true });
  return (await starting).lab;
}

interface Used {
  readonly lab: Lab;
  readonly capture: Capture | undefined;
  readonly release: () => Promise<void> | void;
}

async function bringUp(topology: TopologyInput | string, test: RunningTest, options: UseLabOptions): Promise<Used> {
  requirePrivilege('creating a lab for a test');
  await (swept ??= removeLabsOfEndedRuns());
  const run = TestRun.current;
  const given = typeof topology === 'string' ? basename(topology).replace(/\..*$/, '') : topology.name;
  const name = run.newName(labPrefix(given ?? test.name));
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

/** Once for the process: what runs that were killed have left behind. */
let swept: Promise<unknown> | undefined;

/** The beginning of a lab's name: what of a text may be in one. */
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
      test.say(`the state of the lab and its packets when "${test.name}" failed: ${written}`);
    }
  } catch (error) {
    test.say(`the state of lab "${lab.name}" could not be saved: ${String(error)}`);
  } finally {
    await release();
  }
}
