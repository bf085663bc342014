// Runs the tests, group by group: node scripts/test.mjs [group...] [-- path...]
//
//   unit       src/**/*.test.ts and scripts/*.test.mjs
//   golden     test/golden: byte captures, decoded and encoded again
//   fuzz       test/fuzz: values generated from the attribute schemas
//   types      test/types: what must not compile. Any TypeScript file there is a test; each `// @ts-expect-error: why`
//              is an assertion that the compiler checks, since one that suppresses nothing is an error. Nothing runs.
//   kernel     test/kernel: against the real kernel; needs root
//   behaviour  test/behaviour: whole labs; needs root
//   vm         test/vm: on another kernel, for what this one may lack, in a machine that qemu emulates; needs no root
//
// After `--`, only files whose path contains one of the given texts run. Everything is compiled to build/ first; tests
// run there, with the repository as their working directory.
//
// A group fails when it found no files and when it ran no test, as when every one of them was skipped. A group without
// a folder is passed over, but not in CI.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where a group's files are, and whether they may run side by side. */
const groups = {
  unit: { folders: ['src', 'scripts'], parallel: true },
  golden: { folders: ['test/golden'], parallel: true },
  fuzz: { folders: ['test/fuzz'], parallel: true },
  types: { folders: ['test/types'], compiledOnly: true },
  kernel: { folders: ['test/kernel'] },
  behaviour: { folders: ['test/behaviour'] },
  vm: { folders: ['test/vm'], inVm: true },
};
const timeoutOfOneFile = 15 * 60_000;

const ci = process.env.CI === 'true';
const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

const [names, filters] = splitArguments(process.argv.slice(2));
for (const name of names) {
  if (!Object.hasOwn(groups, name)) fail(`There is no group ${name}, only ${Object.keys(groups).join(', ')}`, 2);
}

for (const folder of ['src', 'test', 'bench']) rmSync(join('build', folder), { recursive: true, force: true });
if (spawnSync('node_modules/.bin/tsc', ['-p', 'tsconfig.json'], { stdio: 'inherit' }).status !== 0) {
  fail('The tests do not compile');
}

const total = { pass: 0, fail: 0, skipped: 0 };
const faults = [];
const failures = [];
for (const name of names.length > 0 ? names : Object.keys(groups)) {
  const group = groups[name];
  if (!group.folders.some((folder) => existsSync(folder))) {
    const message = `${name}: ${group.folders.join(' and ')} does not exist`;
    if (ci) faults.push(message);
    else console.log(`${message} yet`);
    continue;
  }
  console.log(`\n${name}`);
  const files = group.folders.flatMap((folder) => filesIn(folder, group));
  if (files.length === 0) {
    if (filters.length > 0) console.log('no file matches');
    else faults.push(`${name}: no files in ${group.folders.join(' and ')}`);
    continue;
  }
  const run = group.compiledOnly ? countAssertions : group.inVm ? runInVm : runFiles;
  const counts = run(files, group);
  for (const key of Object.keys(total)) total[key] += counts[key];
  failures.push(...counts.failures);
  if (counts.fail > 0 || counts.status !== 0) faults.push(`${name}: ${counts.fail} tests failed`);
  else if (counts.pass === 0) faults.push(`${name}: no test ran, ${counts.skipped} were skipped`);
}

// Once more, where a long run's reader looks.
for (const failure of failures) console.log(`\n✖ ${failure}`);
console.log();
for (const fault of faults) console.log(fault);
console.log(`${total.pass} passed, ${total.fail} failed, ${total.skipped} skipped`);
process.exitCode = faults.length > 0 ? 1 : 0;

function splitArguments(given) {
  const at = given.indexOf('--');
  return at < 0 ? [given, []] : [given.slice(0, at), given.slice(at + 1)];
}

/** The files to run: what TypeScript sources were compiled to, and scripts as they are. */
function filesIn(folder, { compiledOnly }) {
  if (!existsSync(folder)) return [];
  const sources = readdirSync(folder, { recursive: true })
    .map((path) => join(folder, path))
    .filter((path) => (compiledOnly ? /\.ts$/ : /\.test\.(ts|mjs)$/).test(path))
    .filter((path) => filters.length === 0 || filters.some((text) => path.split(sep).join('/').includes(text)))
    .toSorted();
  if (compiledOnly) return sources;
  return sources.map((path) => (path.endsWith('.ts') ? join('build', path.replace(/\.ts$/, '.js')) : path));
}

function runFiles(files, { parallel }) {
  const folder = mkdtempSync(join(tmpdir(), 'netwright-test-'));
  const report = join(folder, 'report');
  try {
    const { status } = spawnSync(
      process.execPath,
      [
        '--enable-source-maps',
        '--test',
        `--test-timeout=${timeoutOfOneFile}`,
        ...(parallel ? [] : ['--test-concurrency=1']),
        '--test-reporter=spec',
        '--test-reporter-destination=stdout',
        `--test-reporter=${join(root, 'scripts', 'failures-reporter.mjs')}`,
        `--test-reporter-destination=${report}`,
        ...files,
      ],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
    const lines = existsSync(report) ? readFileSync(report, 'utf8').split('\n').filter(Boolean) : [];
    const reported = lines.map((line) => JSON.parse(line));
    const failures = reported.filter(({ name }) => name !== undefined);
    return {
      status,
      ...countsOf((key) => reported.at(-1)?.counts?.[key]),
      failures: failures.map(
        ({ file, name, error }) => `${file === undefined ? '' : relative(root, file)}: ${name}\n${error}`,
      ),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs them in the machine of scripts/vm/run.sh, which has the compiled tests and what they load. */
function runInVm(files) {
  const command = ['node', '--enable-source-maps', '--test', '--test-concurrency=1', '--test-reporter=spec', ...files];
  const { status, stdout } = spawnSync(join(root, 'scripts', 'vm', 'run.sh'), command, {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  console.log(stdout);
  const [, failures] = stdout.split(/^\S* ?failing tests:$/m);
  const counts = countsOf((key) => stdout.match(new RegExp(`^\\S* ?${key} (\\d+)\\s*$`, 'm'))?.[1]);
  return { status, ...counts, failures: failures === undefined ? [] : [failures] };
}

function countsOf(value) {
  const count = (key) => Number(value(key) ?? 0);
  return { pass: count('pass'), fail: count('fail') + count('cancelled'), skipped: count('skipped') };
}

/** The compiler has checked these already. */
function countAssertions(files) {
  const pass = files.reduce((sum, path) => sum + readFileSync(path, 'utf8').split('// @ts-expect-error').length - 1, 0);
  console.log(`${pass} things that must not compile, in ${files.length} files, did not`);
  return { status: 0, pass, fail: 0, skipped: 0, failures: [] };
}

function fail(message, status = 1) {
  console.error(message);
  process.exit(status);
}
