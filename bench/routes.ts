import { compiled, program, source } from './harness/paths.ts';
import { atLeast, atMost, type Report } from './harness/report.ts';
import { run } from './harness/run.ts';
import { digits, interleave, ratio, spread, type Candidate } from './harness/samples.ts';

const COUNT = 100_000;

const DROP_C = 'C, received and dropped';
const DROP_NODE = 'Node, received and dropped';
const NETWRIGHT = 'Netwright, a list of objects';
const PYROUTE2 = 'pyroute2, get_routes';

/** Measures listing many routes. Must run in a sandbox. */
export function benchRoutes(quick: boolean): Report {
  run([compiled('routes'), 'add', String(COUNT)]);
  const rounds = quick ? 3 : 9;
  const job = [process.execPath, program('routes-job.js')];
  const results = interleave(rounds, [
    candidate(DROP_C, [compiled('routes'), 'receive']),
    candidate(DROP_NODE, [...job, 'receive']),
    candidate('C, an array of structs', [compiled('routes'), 'decode']),
    candidate(NETWRIGHT, [...job, 'decode']),
    candidate(`${NETWRIGHT}, when warm`, [...job, 'warm']),
    { ...candidate(PYROUTE2, ['/usr/bin/python3', source('pyroute2-routes.py')]), rounds: quick ? 1 : 3 },
  ]);
  const timesOf = (name: string) => results.get(name)!;
  return {
    title: 'List 100,000 routes',
    about:
      'From asking to having them all, timed inside the process. Each is the first of its process, with what compiling its code takes, except where it says warm.',
    tables: [
      {
        head: ['', 'time', '× dropped in C', '× dropped in Node'],
        rows: [...results].map(([name, times]) => [
          name,
          spread(times),
          digits(ratio(times, timesOf(DROP_C))),
          digits(ratio(times, timesOf(DROP_NODE))),
        ]),
      },
    ],
    targets: [
      atMost('decoding against receiving', ratio(timesOf(NETWRIGHT), timesOf(DROP_C)), 8),
      atLeast('faster than pyroute2', ratio(timesOf(PYROUTE2), timesOf(NETWRIGHT)), 40),
    ],
  };
}

function candidate(name: string, command: readonly string[]): Candidate<number> {
  return {
    name,
    measure: () => {
      const { routes, ms } = JSON.parse(run(command)[0]!) as { routes: number; ms: number };
      if (routes < COUNT) throw new Error(`${name}: ${routes} routes, not ${COUNT}`);
      return ms;
    },
  };
}
