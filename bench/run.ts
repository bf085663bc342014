// Runs all benchmarks, or those that are named: make bench ARGS="startup create --quick"
//
// With --against REVISION, the benchmark `earlier` also compares the library with that of an earlier commit, which is
// built in build/earlier. A complete run without --quick is written to bench/results.md. Needs root.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { benchCommandLine } from './command-line.ts';
import { benchCreate } from './create.ts';
import { benchEarlier } from './earlier.ts';
import { benchGrowth } from './growth.ts';
import { machine } from './harness/machine.ts';
import { program, RESULTS } from './harness/paths.ts';
import { markdown, type Report } from './harness/report.ts';
import { compilePeers, run, sandboxed } from './harness/run.ts';
import { benchLaunch } from './launch.ts';
import { benchPlan } from './plan.ts';
import { benchPublish } from './publish.ts';
import { benchRoutes } from './routes.ts';
import { benchStartup } from './startup.ts';
import { benchWatch } from './watch.ts';

type Benchmark = (quick: boolean, against: string) => Report | Promise<Report>;

/** The benchmark that needs a revision. */
const EARLIER = 'earlier';

const BENCHMARKS = new Map<string, Benchmark>([
  ['create', benchCreate],
  ['plan', benchPlan],
  ['publish', benchPublish],
  ['routes', benchRoutes],
  ['launch', benchLaunch],
  ['startup', benchStartup],
  ['command-line', benchCommandLine],
  ['growth', benchGrowth],
  ['watch', benchWatch],
  [EARLIER, benchEarlier],
]);

const LIMIT = 3_600_000;

const { values: options, positionals: names } = parsed();
const { quick, against } = options;
const all = [...BENCHMARKS.keys()].filter((name) => name !== EARLIER || against !== undefined);
const unknown = names.filter((name) => !BENCHMARKS.has(name));
if (unknown.length > 0) fail(`unknown: ${unknown.join(', ')}; there are ${[...BENCHMARKS.keys()].join(', ')}`);
if (names.includes(EARLIER) && against === undefined) fail(`${EARLIER} takes --against REVISION`);
if (process.geteuid!() !== 0) fail('the benchmarks make network namespaces, which takes root');

if (options.inside) console.log(JSON.stringify(await BENCHMARKS.get(names[0]!)!(quick, against ?? '')));
else runAll();

function parsed() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        against: { type: 'string' },
        /** For the process of one benchmark in a sandbox, which prints its report as JSON. */
        inside: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    return fail((error as Error).message);
  }
}

function runAll(): void {
  compilePeers();
  const sections = [machine()];
  console.log(`${sections[0]!}\n`);
  for (const name of names.length === 0 ? all : names) {
    const section = markdown(runInside(name));
    console.log(`${section}\n`);
    sections.push(section);
  }
  if (names.length > 0 || quick) return;
  const head = '# Results\n\nWritten by `make bench`. Times are in milliseconds: medians, with the range of all runs.';
  writeFileSync(RESULTS, `${[head, ...sections].join('\n\n')}\n`);
  console.log(`written to ${RESULTS}`);
}

function runInside(name: string): Report {
  const more = [...(quick ? ['--quick'] : []), ...(against === undefined ? [] : ['--against', against])];
  const command = [process.execPath, program('run.js'), '--inside', name, ...more];
  return JSON.parse(run(sandboxed(command), { limit: LIMIT }).at(-1)!) as Report;
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}
