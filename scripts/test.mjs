// Runs the tests, group by group: node scripts/test.mjs [--bun=PATH] [group...] [-- path...]
//
//   unit       src/**/*.test.ts and scripts/*.test.mjs
//   golden     test/golden: byte captures, decoded and encoded again
//   fuzz       test/fuzz: values generated from the attribute schemas, and random topologies; NETWRIGHT_FUZZ=full runs
//              as many cases as CI
//   types      test/types: code that must compile, and, after `// @ts-expect-error: why`, code that must not. Only the
//              compiler reads these files; they count as checked, not as passed tests.
//   kernel     test/kernel: against the real kernel; needs root
//   behaviour  test/behaviour: whole labs; needs root
//   vm         test/vm: on another kernel in a virtual machine, for features that this kernel can lack; needs no root
//
// `--bun=PATH` runs the tests with that Bun instead of Node.js (scripts/bun.sh).
//
// After `--`, only files run whose path contains one of these texts. All sources are compiled to build/ first. Tests
// run from there, with the repository as their working directory. All types are checked at the same time; an error
// stops the tests.
//
// A group fails if it has no files, or if it ran no test because all were skipped; `types` also if the compiler did not
// read one of its files, or if one of them expects no error. A group without a folder is skipped, except in CI.
//
// Files run in parallel (test-files.mjs), each in a separate process; files of unit and golden share processes, since
// they change nothing outside. Files of kernel and behaviour have new namespaces as their host
// (test/support/own-host.ts). All groups start at the same time, and their outputs are printed one after another.
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
 * The folders of each group; `longest`, the files to start first; `before`, a module to load first, which moves the
 * process to its own host before the test is loaded; `waiting`, a file that mostly waits for the kernel, and so starts
 * at once.
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
const chosen = words.filter((word) => !word.startsWith('--bun='));
for (const name of chosen) {
  if (!Object.hasOwn(groups, name)) fail(`There is no group ${name}, only ${Object.keys(groups).join(', ')}`, 2);
}
const names = chosen.length > 0 ? chosen : Object.keys(groups);

for (const folder of ['src', 'test', 'bench', 'joined'])
  rmSync(join('build', folder), { recursive: true, force: true });
// Without type checks, which would take three times as long.
const compiler = 'node_modules/.bin/tsc';
if (spawnSync(compiler, ['-p', 'tsconfig.json', '--noCheck'], { stdio: 'inherit' }).status !== 0) {
  fail('The tests do not compile');
}

// Aborted when this process ends, to end its child processes.
const stop = new AbortController();
// Every file adds a listener.
setMaxListeners(0, stop.signal);
process.once('exit', () => stop.abort());
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

const typesChecked = checkTypes();
const total = { pass: 0, fail: 0, skipped: 0, checked: 0 };
const faults = [];
const failures = [];
const started = names.map((name) => [name, start(name)]);
for (const [name, { print, result }] of started) {
  console.log(`\n${name}`);
  print();
  const outcome = await result();
  if (outcome.message !== undefined) console.log(outcome.message);
  if (outcome.fault !== undefined) faults.push(`${name}: ${outcome.fault}`);
  for (const key of Object.keys(total)) total[key] += outcome[key] ?? 0;
  failures.push(...(outcome.failures ?? []));
}
await typesChecked;

// Again at the end, where a long run is easiest to read.
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

/**
 * Starts a group and buffers its output. `print` copies the output to the terminal; `result` resolves after all of it.
 */
function start(name) {
  const buffer = new PassThrough({ highWaterMark: 64 * 1024 ** 2 });
  const outcome = outcomeOf(name, buffer).finally(() => buffer.end());
  return {
    print: () => buffer.pipe(process.stdout, { end: false }),
    result: () => finished(buffer).then(() => outcome),
  };
}

/**
 * Runs a group, and writes its output to `output`. Returns its message, its numbers of tests, its failures and its
 * fault.
 */
async function outcomeOf(name, output) {
  const group = groups[name];
  if (!group.folders.some((folder) => existsSync(folder))) {
    const message = `${group.folders.join(' and ')} does not exist`;
    return ci ? { fault: message } : { message: `${message} yet` };
  }
  const files = group.folders.flatMap((folder) => filesIn(folder, group));
  if (files.length === 0) {
    return filters.length > 0
      ? { message: 'no file matches' }
      : { fault: `no files in ${group.folders.join(' and ')}` };
  }
  const outcome = await (group.run ?? runInProcesses)(files, group, output);
  if (outcome.fault !== undefined || outcome.checked > 0) return outcome;
  if (outcome.fail > 0) return { ...outcome, fault: `${outcome.fail} tests failed` };
  if (outcome.status > 0) return { ...outcome, fault: `ended with status ${outcome.status}` };
  if (outcome.pass === 0) return { ...outcome, fault: `no test ran, ${outcome.skipped} were skipped` };
  return outcome;
}

/** The files to run, the longest first: compiled files for TypeScript sources, and scripts themselves. */
function filesIn(folder, { run, longest = [] }) {
  if (!existsSync(folder)) return [];
  const isOfTypes = run === readTypeTests;
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
    : // The files import own-host.ts themselves, and `bun test` runs several files in one process.
      runFilesWithBun(
        bun,
        together ? [files] : files.map((path) => [path]),
        { root, isUrgent, signal: stop.signal },
        output,
      ));
  return { ...countsOf((key) => counts[key]), failures };
}

/**
 * Writes files that import test files, and returns them. The start of Node takes as long as the tests of most files.
 * There are as many as processors, or fewer for a few tests.
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
 * Runs test files in the virtual machine of scripts/vm/run.sh, bundled into one file, in one process: to start another
 * process, or to load hundreds of files, takes seconds there.
 */
async function runInVm(files, _group, output) {
  const [entry] = joined(files, 1);
  const bundle = join('build', 'joined', 'vm.mjs');
  buildSync({
    entryPoints: [entry],
    outfile: bundle,
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
  const command = ['node', '--enable-source-maps', '--test-reporter=spec', bundle];
  const machine = spawn(join(root, 'scripts', 'vm', 'run.sh'), command, {
    stdio: ['ignore', 'pipe', 'inherit'],
    signal: stop.signal,
  });
  const ended = once(machine, 'close');
  machine.stdout.pipe(output, { end: false });
  const report = await text(machine.stdout);
  const [status] = await ended;
  const [, failures] = report.split(/^\S* ?failing tests:$/m);
  const counts = countsOf((key) => report.match(new RegExp(`^\\S* ?${key} (\\d+)\\s*$`, 'm'))?.[1]);
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
 * Checks all types. Returns the files that the compiler read; ends the process on an error. The compiler's build
 * information is kept for the next run, and shared with `npm run check`.
 */
async function checkTypes() {
  const options = ['--noEmit', '--incremental', '--tsBuildInfoFile', 'build/types.tsbuildinfo', '--listFiles'];
  const check = spawn(compiler, ['-p', 'tsconfig.json', ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
    signal: stop.signal,
  });
  const ended = once(check, 'close');
  const output = await text(check.stdout);
  const [status] = await ended;
  const lines = output.split('\n');
  if (status !== 0) fail(`${lines.filter((line) => !isFile(line)).join('\n')}The tests do not compile`);
  return new Set(lines.filter(isFile).map((path) => relative(root, path)));
}

/** Checks that the compiler has read the type tests, and that each expects errors. */
async function readTypeTests(files) {
  const read = await typesChecked;
  const expectations = files.map((path) => readFileSync(path, 'utf8').split('// @ts-expect-error: ').length - 1);
  const unread = files.filter((path) => !read.has(path));
  const empty = files.filter((_, i) => expectations[i] === 0);
  if (unread.length > 0) return { fault: `the compiler did not read ${unread.join(' and ')}` };
  if (empty.length > 0) return { fault: `${empty.join(' and ')} expects no error` };
  const sum = expectations.reduce((a, b) => a + b);
  return {
    message: `${files.length} checked by the compiler, with ${sum} errors that are expected`,
    checked: files.length,
  };
}

function fail(message, status = 1) {
  console.error(message);
  process.exit(status);
}
