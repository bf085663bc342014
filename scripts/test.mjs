// Runs the tests, group by group: node scripts/test.mjs [--bun=PATH] [group...] [-- path...]
//
//   unit       src/**/*.test.ts and scripts/*.test.mjs
//   golden     test/golden: byte captures, decoded and encoded again
//   fuzz       test/fuzz: values generated from the attribute schemas, and random topologies; all that CI tries with
//              NETWRIGHT_FUZZ=full
//   types      test/types: what must compile, and what must not, which `// @ts-expect-error: why` stands before: one that
//              suppresses nothing is an error. The compiler alone reads them; they are files checked, not tests passed.
//   kernel     test/kernel: against the real kernel; needs root
//   behaviour  test/behaviour: whole labs; needs root
//   vm         test/vm: on another kernel, for what this one may lack, in a machine that qemu emulates; needs no root
//
// With `--bun=PATH` that Bun runs them in the place of Node.js (scripts/bun.sh).
//
// After `--`, only files whose path contains one of the given texts run. Everything is compiled to build/ first; tests
// run there, with the repository as their working directory. The types of everything are checked beside the tests of any
// group, which end where that fails.
//
// A group fails when it found no files and when it ran no test, as when every one of them was skipped; `types` when the
// compiler did not read one of its files, or one of them expects no error. A group without a folder is passed over, but
// not in CI.
//
// Files run side by side (test-files.mjs), each in a process of its own, but for those that touch nothing outside of
// themselves, of which a process has many; those of kernel and behaviour on a machine of their own, too
// (test/support/own-host.ts). All groups begin at once, the machine that qemu emulates among them; what a group
// prints comes when its turn does.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once, setMaxListeners } from 'node:events';

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative, sep } from 'node:path';
import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { runFilesWithBun } from './bun-files.mjs';
import { runFiles } from './test-files.mjs';

const ownHost = './build/test/support/own-host.js';

/**
 * Where a group's files are, which of them take longest, to be begun first, and what is loaded before them: a file that
 * gets a machine of its own need not be loaded twice. What waits for the kernel most of the time begins at once, beside
 * other groups.
 */
const groups = {
  unit: { folders: ['src', 'scripts'], together: true },
  golden: { folders: ['test/golden'], together: true },
  fuzz: { folders: ['test/fuzz'] },
  types: { folders: ['test/types'], run: readTypeTests },
  kernel: { folders: ['test/kernel'], before: ownHost, longest: ['script', 'witness', 'snapshot'] },
  behaviour: {
    folders: ['test/behaviour'],
    before: ownHost,
    waiting: 'soak',
    longest: [
      'soak',
      'rootless',
      'kill',
      'sandbox/rootless',
      'sandbox/network',
      'docs',
      'cli',
      'lifecycle',
      'sandbox/run',
    ],
  },
  vm: { folders: ['test/vm'], run: runInVm },
};

const ci = process.env.CI === 'true';
const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

const [words, filters] = splitArguments(process.argv.slice(2));
const bun = words.find((word) => word.startsWith('--bun='))?.slice('--bun='.length);
const given = words.filter((word) => !word.startsWith('--bun='));
for (const name of given) {
  if (!Object.hasOwn(groups, name)) fail(`There is no group ${name}, only ${Object.keys(groups).join(', ')}`, 2);
}
const names = given.length > 0 ? given : Object.keys(groups);

for (const folder of ['src', 'test', 'bench', 'joined'])
  rmSync(join('build', folder), { recursive: true, force: true });
// Not checked yet: that takes three times as long as all the rest.
const compiler = 'node_modules/.bin/tsc';
if (spawnSync(compiler, ['-p', 'tsconfig.json', '--noCheck'], { stdio: 'inherit' }).status !== 0) {
  fail('The tests do not compile');
}

// Who ends this ends what it has started.
const stop = new AbortController();
// Each file's test listens.
setMaxListeners(0, stop.signal);
process.once('exit', () => stop.abort());
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

const typesChecked = checkTypes();
const total = { pass: 0, fail: 0, skipped: 0, checked: 0 };
const faults = [];
const failures = [];
const begun = names.map((name) => [name, begin(name)]);
for (const [name, { listen, outcomeOnceHeard }] of begun) {
  console.log(`\n${name}`);
  listen();
  const outcome = await outcomeOnceHeard();
  if (outcome.said !== undefined) console.log(outcome.said);
  if (outcome.fault !== undefined) faults.push(`${name}: ${outcome.fault}`);
  for (const key of Object.keys(total)) total[key] += outcome[key] ?? 0;
  failures.push(...(outcome.failures ?? []));
}
await typesChecked;

// Once more, where a long run's reader looks.
for (const failure of failures) console.log(`\n✖ ${failure}`);
console.log();
for (const fault of faults) console.log(fault);
const checked = total.checked > 0 ? `, ${total.checked} of types checked` : '';
console.log(`${total.pass} passed, ${total.fail} failed, ${total.skipped} skipped${checked}`);
process.exitCode = faults.length > 0 ? 1 : 0;

function splitArguments(words) {
  const at = words.indexOf('--');
  return at < 0 ? [words, []] : [words.slice(0, at), words.slice(at + 1)];
}

/** Begins a group whose turn to print has not come. */
function begin(name) {
  const held = new PassThrough({ highWaterMark: 64 * 1024 ** 2 });
  const outcome = outcomeOf(name, held).finally(() => held.end());
  return {
    listen: () => held.pipe(process.stdout, { end: false }),
    outcomeOnceHeard: () => finished(held).then(() => outcome),
  };
}

/**
 * What came of a group: what it has to say, how many tests did what, which failed, and why the group has failed. What its
 * tests print goes to `output`.
 */
async function outcomeOf(name, output) {
  const group = groups[name];
  if (!group.folders.some((folder) => existsSync(folder))) {
    const message = `${group.folders.join(' and ')} does not exist`;
    return ci ? { fault: message } : { said: `${message} yet` };
  }
  const files = group.folders.flatMap((folder) => filesIn(folder, group));
  if (files.length === 0) {
    return filters.length > 0 ? { said: 'no file matches' } : { fault: `no files in ${group.folders.join(' and ')}` };
  }
  const outcome = await (group.run ?? runInProcesses)(files, group, output);
  if (outcome.fault !== undefined || outcome.checked > 0) return outcome;
  if (outcome.fail > 0) return { ...outcome, fault: `${outcome.fail} tests failed` };
  if (outcome.status > 0) return { ...outcome, fault: `ended with status ${outcome.status}` };
  if (outcome.pass === 0) return { ...outcome, fault: `no test ran, ${outcome.skipped} were skipped` };
  return outcome;
}

/** The files to run, the longest first: what TypeScript sources were compiled to, and scripts as they are. */
function filesIn(folder, { run: does, longest = [] }) {
  if (!existsSync(folder)) return [];
  const isOfTypes = does === readTypeTests;
  const sources = readdirSync(folder, { recursive: true })
    .map((path) => join(folder, path))
    .filter((path) => (isOfTypes ? /\.ts$/ : /\.test\.(ts|mjs)$/).test(path))
    .filter((path) => filters.length === 0 || filters.some((part) => path.split(sep).join('/').includes(part)))
    .toSorted();
  if (isOfTypes) return sources;
  const first = longest.map((part) => join(folder, `${part}.test.ts`)).filter((path) => sources.includes(path));
  return [...new Set([...first, ...sources])].map((path) =>
    path.endsWith('.ts') ? join('build', path.replace(/\.ts$/, '.js')) : path,
  );
}

async function runInProcesses(files, { before, waiting, together = false }, output) {
  const execArgv = ['--enable-source-maps', ...(before === undefined ? [] : [`--import=${before}`])];
  const isUrgent = (path) => waiting !== undefined && path.endsWith(`/${waiting}.test.js`);
  const { counts, failures } = await (bun === undefined
    ? runFiles(together ? joined(files) : files, { root, execArgv, isUrgent, signal: stop.signal }, output)
    : // It loads what a group needs before a file with the file, and loads files faster than Node.js.
      runFilesWithBun(
        bun,
        together ? [files] : files.map((path) => [path]),
        { root, isUrgent, signal: stop.signal },
        output,
      ));
  return { ...countsOf((key) => counts[key]), failures };
}

/**
 * Files that load others: node takes as long to begin, and to load what is tested, as most files' tests do. As many as the
 * machine can run at once, but for a few tests.
 */
function joined(files, count = Math.min(availableParallelism(), Math.ceil(files.length / 10))) {
  const parts = Array.from({ length: count }, (_, part) => files.filter((_, i) => i % count === part));
  mkdirSync(join('build', 'joined'), { recursive: true });
  return parts.map((part) => {
    const text = part.map((path) => `import '../../${path}';\n`).join('');
    const name = createHash('sha256').update(text).digest('hex').slice(0, 16);
    const file = join('build', 'joined', `${name}.mjs`);
    writeFileSync(file, text);
    return file;
  });
}

/**
 * Runs them in the machine of scripts/vm/run.sh, which has the compiled tests and what they load. All of them in one process
 * that loads one file: to start another, or to load hundreds, takes seconds there.
 */
async function runInVm(files, _group, output) {
  const [loadsAll] = joined(files, 1);
  const whole = join('build', 'joined', 'vm.mjs');
  buildSync({
    entryPoints: [loadsAll],
    outfile: whole,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    sourcemap: true,
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
  const command = ['node', '--enable-source-maps', '--test-reporter=spec', whole];
  const machine = spawn(join(root, 'scripts', 'vm', 'run.sh'), command, {
    stdio: ['ignore', 'pipe', 'inherit'],
    signal: stop.signal,
  });
  const ended = once(machine, 'close');
  machine.stdout.pipe(output, { end: false });
  const said = await text(machine.stdout);
  const [status] = await ended;
  const [, failures] = said.split(/^\S* ?failing tests:$/m);
  const counts = countsOf((key) => said.match(new RegExp(`^\\S* ?${key} (\\d+)\\s*$`, 'm'))?.[1]);
  return { status: status ?? 1, ...counts, failures: failures === undefined ? [] : [failures] };
}

function countsOf(value) {
  const count = (key) => Number(value(key) ?? 0);
  return { pass: count('pass'), fail: count('fail') + count('cancelled'), skipped: count('skipped') };
}

function isFile(line) {
  return line.startsWith('/') && existsSync(line);
}

/**
 * Checks the types of everything; gives the files that the compiler read, and ends all where there is an error. What it knows
 * of files that have not changed is kept for the next time, also by `npm run check`.
 */
async function checkTypes() {
  const options = ['--noEmit', '--incremental', '--tsBuildInfoFile', 'build/types.tsbuildinfo', '--listFiles'];
  const check = spawn(compiler, ['-p', 'tsconfig.json', ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
    signal: stop.signal,
  });
  const ended = once(check, 'close');
  const said = await text(check.stdout);
  const [status] = await ended;
  const lines = said.split('\n');
  if (status !== 0) fail(`${lines.filter((line) => !isFile(line)).join('\n')}The tests do not compile`);
  return new Set(lines.filter(isFile).map((path) => relative(root, path)));
}

/** The compiler has more to say of these than whether they compile: that it read them, and that each expects errors. */
async function readTypeTests(files) {
  const read = await typesChecked;
  const expectations = files.map((path) => readFileSync(path, 'utf8').split('// @ts-expect-error: ').length - 1);
  const unread = files.filter((path) => !read.has(path));
  const empty = files.filter((_, i) => expectations[i] === 0);
  if (unread.length > 0) return { fault: `the compiler did not read ${unread.join(' and ')}` };
  if (empty.length > 0) return { fault: `${empty.join(' and ')} expects no error` };
  const sum = expectations.reduce((one, other) => one + other);
  return {
    said: `${files.length} checked by the compiler, with ${sum} errors that are expected`,
    checked: files.length,
  };
}

function fail(message, status = 1) {
  console.error(message);
  process.exit(status);
}
