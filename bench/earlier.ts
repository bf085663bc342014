import { copyFileSync, existsSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './harness/paths.ts';
import { atMost, type Report } from './harness/report.ts';
import { compiled } from './harness/paths.ts';
import { run, sandboxed } from './harness/run.ts';
import { digits, interleave, ratio, spread, type Samples } from './harness/samples.ts';

/** A job to run with both commits, its arguments, and the figure of its output to compare. */
interface Comparison {
  readonly name: string;
  readonly job: string;
  readonly args: readonly string[];
  readonly figure: string;
  /** The maximum ratio to the earlier commit; the targets were set for 1299b56. */
  readonly limit: number;
  /** The number of routes to add before the job. */
  readonly routes?: number;
}

const COMPARISONS: readonly Comparison[] = [
  { name: 'create 1', job: 'create-job', args: ['1'], figure: 'create', limit: 0.5 },
  { name: 'create 100', job: 'create-job', args: ['100'], figure: 'create', limit: 0.85 },
  { name: 'create 1,000', job: 'create-job', args: ['1000'], figure: 'create', limit: 0.92 },
  { name: 'up of two nodes, warm', job: 'lab-job', args: ['90'], figure: 'ms', limit: 0.8 },
  {
    name: '100,000 routes, a list of objects',
    job: 'routes-job',
    args: ['decode'],
    figure: 'ms',
    limit: 0.7,
    routes: 100_000,
  },
];

/**
 * Compares the library with that of an earlier commit, in alternating runs.
 * @param revision the earlier commit, in any form that git accepts
 */
export function benchEarlier(quick: boolean, revision: string): Report {
  const commit = run(['git', '-C', ROOT, 'rev-parse', '--short=12', `${revision}^{commit}`])[0]!;
  const earlier = builtAt(commit);
  const rows = COMPARISONS.map((comparison) => {
    const rounds = quick ? 2 : comparison.name === 'create 1,000' ? 5 : 9;
    const measured = interleave(rounds, [
      { name: commit, measure: () => measure(earlier, comparison) },
      { name: 'this', measure: () => measure(ROOT, comparison) },
    ]);
    return { comparison, before: measured.get(commit)!, now: measured.get('this')! };
  });
  return {
    title: `Against commit ${commit}`,
    about:
      'The published library of both commits, run in turns; timed inside each process. What V8 has compiled of it is kept from the time before, where it is.',
    tables: [
      {
        head: ['', commit, 'this commit', '×'],
        rows: rows.map((row) => [row.comparison.name, spread(row.before), spread(row.now), digits(against(row))]),
      },
    ],
    targets: rows.map((row) => ({
      ...atMost(row.comparison.name, against(row), row.comparison.limit),
      note: 'a target against 1299b56',
    })),
  };
}

const against = ({ before, now }: { readonly before: Samples; readonly now: Samples }): number => ratio(now, before);

function measure(tree: string, { job, args, figure, routes }: Comparison): number {
  const command = [process.execPath, join(tree, `build/bench/${job}.js`), ...args];
  const prepared =
    routes === undefined
      ? command
      : ['sh', '-ec', '"$0" add "$1"; shift; exec "$@"', compiled('routes'), String(routes), ...command];
  return (JSON.parse(run(sandboxed(prepared)).at(-1)!) as Record<string, number>)[figure]!;
}

/** Creates and builds a git worktree of a commit, with the jobs of this commit. */
function builtAt(commit: string): string {
  const tree = join(ROOT, 'build/earlier', commit);
  if (existsSync(join(tree, 'build/bench/harness/library.js')) && existsSync(join(tree, 'dist'))) return tree;
  rmSync(tree, { recursive: true, force: true });
  run(['git', '-C', ROOT, 'worktree', 'prune']);
  run(['git', '-C', ROOT, 'worktree', 'add', '--detach', tree, commit]);
  symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
  for (const file of ['harness/library', ...new Set(COMPARISONS.map((comparison) => comparison.job))])
    copyFileSync(join(ROOT, `bench/${file}.ts`), join(tree, `bench/${file}.ts`));
  run([join(tree, 'node_modules/.bin/tsc'), '-p', join(tree, 'tsconfig.json')]);
  run([process.execPath, join(tree, 'scripts/build.mjs')]);
  return tree;
}
