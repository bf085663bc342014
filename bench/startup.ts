import { Lab } from '../src/library/index.ts';
import { CLI } from './harness/paths.ts';
import { atMost, type Report } from './harness/report.ts';
import { run, timed } from './harness/run.ts';
import { digits, interleave, ratio, spread, type Candidate } from './harness/samples.ts';

const NODE = 'node -e 0';
const VERSION = 'netwright --version';
const EXEC = 'netwright exec LAB.NODE true';

/** Measures the start of the command line. Must run in a sandbox. */
export async function benchStartup(quick: boolean): Promise<Report> {
  await using lab = await Lab.up({
    name: 'nwstart',
    networks: { lan: { subnet: '10.78.0.0/24' } },
    nodes: { a: { networks: ['lan'] } },
  });
  const cli = [process.execPath, CLI];
  const results = interleave(quick ? 5 : 20, [
    candidate(NODE, [process.execPath, '-e', '0']),
    candidate(VERSION, [...cli, '--version']),
    candidate(EXEC, [...cli, 'exec', `${lab.name}.a`, 'true']),
    candidate('ip netns exec NAME true', ['ip', 'netns', 'exec', `${lab.name}.a`, 'true']),
    candidate('/bin/true', ['/bin/true']),
  ]);
  const node = results.get(NODE)!;
  return {
    title: 'Start',
    about: 'The command line, against Node.js running nothing. Whole processes.',
    tables: [
      {
        head: ['', 'time', '× node'],
        rows: [...results].map(([name, times]) => [name, spread(times), digits(ratio(times, node))]),
      },
    ],
    targets: [VERSION, EXEC].map((name) => atMost(`${name} against ${NODE}`, ratio(results.get(name)!, node), 1.3)),
  };
}

const candidate = (name: string, command: readonly string[]): Candidate<number> => ({
  name,
  measure: () => Number(run(timed(command)).at(-1)),
});
