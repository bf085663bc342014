import { Lab } from '../src/library/index.ts';
import { program } from './harness/paths.ts';
import { atMost, type Report } from './harness/report.ts';
import { run } from './harness/run.ts';
import { digits, interleave, median, ratio, spread, type Candidate } from './harness/samples.ts';
import { labOf } from './plan-topology.ts';

const N = 1000;

const READ = 'read what the kernel holds';
const PLAN = 'check, compile, read, compare: nothing to do';
const EDIT = 'make one node more, once it is planned';

/** Measures plans for a lab that matches its topology, and for one that lacks a node. Must run in a sandbox. */
export async function benchPlan(quick: boolean): Promise<Report> {
  const lab = await Lab.up(labOf(N));
  const perNode = lab.result!.milliseconds / N;
  try {
    const results = interleave(quick ? 3 : 7, [
      candidate(READ, 'read', N + 2),
      candidate(PLAN, 'plan', 0),
      candidate(EDIT, 'edit'),
    ]);
    const timesOf = (name: string) => results.get(name)!;
    return {
      title: 'Plan 1,000 nodes',
      about:
        'A lab of 1,000 nodes that is up. Each is the first of its process, timed inside it. Both plans read what the first row reads.',
      tables: [
        {
          head: ['', 'time', '× reading'],
          rows: [...results].map(([name, times]) => [name, spread(times), digits(ratio(times, timesOf(READ)))]),
        },
      ],
      targets: [
        atMost('planning nothing against reading', ratio(timesOf(PLAN), timesOf(READ)), 1.5),
        {
          ...atMost('an edit of one node, in what a node costs', median(timesOf(EDIT)) / perNode, 15),
          note: `a node cost ${digits(perNode)} ms when the lab was made; the edit rewrites the shared hosts file, too`,
        },
      ],
    };
  } finally {
    await lab.down();
  }
}

function candidate(name: string, mode: string, expected?: number): Candidate<number> {
  return {
    name,
    measure: () => {
      const { ms, steps } = JSON.parse(run([process.execPath, program('plan-job.js'), mode, String(N)])[0]!) as {
        ms: number;
        steps: number;
      };
      if (expected !== undefined && steps !== expected) throw new Error(`${name}: ${steps}, not ${expected}`);
      return ms;
    },
  };
}
