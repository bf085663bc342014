import { program } from './harness/paths.ts';
import { atMost, type Report } from './harness/report.ts';
import { run } from './harness/run.ts';
import { median, spread } from './harness/samples.ts';

const SECOND = 1000;

/** Measures how soon `watch` reports changes of a lab. Must run in a sandbox. */
export function benchWatch(quick: boolean): Report {
  const job = run([process.execPath, program('watch-job.js'), quick ? '5' : '30']);
  const samples = JSON.parse(job.at(-1)!) as Record<string, number[]>;
  const slowest = Math.max(...Object.values(samples).map((times) => median(times)));
  return {
    title: 'Watch',
    about: 'From the end of a command that changes something of a lab of two nodes until a watch of it has told so.',
    tables: [
      {
        head: ['what changes', 'time'],
        rows: Object.entries(samples).map(([name, times]) => [name, spread(times)]),
      },
    ],
    targets: [atMost('the kind of change that takes longest to be told, against a second', slowest / SECOND, 1)],
  };
}
