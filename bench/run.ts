// The benchmarks: node build/bench/run.js [create] [plan] [publish] [routes] [startup] [--quick]
//
// A run of all of them, and not a quick one, is written to bench/results.md. As root.
import { writeFileSync } from 'node:fs';
import { benchCreate } from './create.ts';
import { machine } from './harness/machine.ts';
import { program, RESULTS } from './harness/paths.ts';
import { markdown, type Report } from './harness/report.ts';
import { compilePeers, run, sandboxed } from './harness/run.ts';
import { benchPlan } from './plan.ts';
import { benchPublish } from './publish.ts';
import { benchRoutes } from './routes.ts';
import { benchStartup } from './startup.ts';

type Benchmark = (quick: boolean) => Report | Promise<Report>;

const BENCHMARKS = new Map<string, Benchmark>([
  ['create', benchCreate],
  ['plan', benchPlan],
  ['publish', benchPublish],
  ['routes', benchRoutes],
  ['startup', benchStartup],
]);

/** How a benchmark is started again inside a sandbox: it then prints its report as JSON. */
const INSIDE = '--inside';
const QUICK = '--quick';
const LIMIT = 3_600_000;

const options = process.argv.slice(2).filter((argument) => argument.startsWith('-'));
const names = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const quick = options.includes(QUICK);
const unknown = [
  ...names.filter((name) => !BENCHMARKS.has(name)),
  ...options.filter((option) => option !== QUICK && option !== INSIDE),
];
if (unknown.length > 0)
  fail(`unknown: ${unknown.join(', ')}; there are ${[...BENCHMARKS.keys()].join(', ')} and ${QUICK}`);
if (process.geteuid!() !== 0) fail('the benchmarks make network namespaces, which takes root');

if (options.includes(INSIDE)) console.log(JSON.stringify(await BENCHMARKS.get(names[0]!)!(quick)));
else runAll();

function runAll(): void {
  compilePeers();
  const sections = [machine()];
  console.log(`${sections[0]!}\n`);
  for (const name of names.length === 0 ? BENCHMARKS.keys() : names) {
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
  const command = [process.execPath, program('run.js'), INSIDE, name, ...(quick ? [QUICK] : [])];
  return JSON.parse(run(sandboxed(command), { limit: LIMIT }).at(-1)!) as Report;
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}
