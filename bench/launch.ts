import { program } from './harness/paths.ts';
import { atMost, type Report } from './harness/report.ts';
import { run } from './harness/run.ts';
import { digits, ratio, spread } from './harness/samples.ts';

/** Measures starting programs in a node with the library. Must run in a sandbox. */
export function benchLaunch(quick: boolean): Report {
  const job = run([process.execPath, program('launch-job.js'), quick ? '30' : '300']);
  const samples = JSON.parse(job.at(-1)!) as Record<string, number[]>;
  const against = (name: string, base: string): number => ratio(samples[name]!, samples[base]!);
  const SPAWN = 'spawn outside';
  const NETNS = 'execFile ip netns exec';
  return {
    title: 'Launch',
    about:
      'From one process, by the library and by node:child_process: `true`, from the call until its end is known; fed: `cat`, with an input, a timeout and an AbortSignal. `exec` and `execFile` read what it prints.',
    tables: [
      {
        head: ['', 'time', '× spawn outside', '× ip netns exec'],
        rows: Object.entries(samples).map(([name, times]) => [
          name,
          spread(times),
          digits(against(name, SPAWN)),
          digits(against(name, name.endsWith(', fed') ? `${NETNS}, fed` : NETNS)),
        ]),
      },
    ],
    targets: [
      atMost('spawn in a node against spawn outside', against('spawn in a node', SPAWN), 1.1),
      atMost('exec in a node against execFile ip netns exec', against('exec in a node', NETNS), 0.5),
      atMost('the same, fed', against('exec in a node, fed', `${NETNS}, fed`), 0.5),
    ],
  };
}
