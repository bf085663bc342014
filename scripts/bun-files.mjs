// Runs test files with `bun test`, which supports node:test, and returns the same results as runFiles() of test-files.mjs.
// Bun does not count subtests.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { exceptions } from './bun-exceptions.mjs';
import { inTurn, fileTimeout } from './test-files.mjs';

/** In milliseconds. Bun's default is 5 s. */
const testTimeout = 2 * 60_000;

/**
 * @param files lists of files: one process runs each list
 * @returns the numbers of tests by outcome, and the failures. A test of bun-exceptions.mjs counts as skipped if it fails,
 *   and as failed if it passes or did not run.
 */
export async function runFilesWithBun(bun, files, { root, isUrgent, signal }, output) {
  const counts = { pass: 0, fail: 0, skipped: 0 };
  const failures = [];
  const all = files.map((list) => inTurn(() => report(bun, list, root, signal), list.some(isUrgent)));
  for (const [i, running] of all.entries()) {
    const { said, tests, end } = await running;
    output.write(said);
    for (const test of judged(tests, files[i], exceptions)) {
      counts[test.outcome]++;
      if (test.outcome === 'skipped' && test.message !== '') output.write(`exception: ${test.name}: ${test.message}\n`);
      if (test.outcome === 'fail') failures.push(`${test.file}: ${test.name}\n${test.message}`);
    }
    // For example, a hook failed, or no test ran.
    if (end !== 0 && !tests.some(({ outcome }) => outcome === 'fail')) {
      counts.fail++;
      failures.push(`${files[i].join(' ')}: bun test ended with ${end}\n${said}`);
    }
  }
  return { counts, failures };
}

const isOf = (file) => (path) => path.endsWith(`/${file}.js`);

/** The exceptions for tests of these files. */
const exceptionsIn = (files, exceptions) => exceptions.filter(({ file }) => files.some(isOf(file)));

/**
 * Applies the exceptions to the outcomes of the tests. A test that fails as expected counts as skipped, with the reason as
 * its `message`. One that passes counts as failed, unless it is marked `sometimes` or `leftOut`.
 */
export function judged(tests, files, exceptions) {
  const judgement = [...tests];
  for (const { file, test, reason, sometimes = false, leftOut = false } of exceptionsIn(files, exceptions)) {
    const at = tests.findIndex((one) => one.name === test && isOf(file)(one.file));
    if (at < 0) {
      judgement.push({ file, name: test, outcome: 'fail', message: 'is an exception, but no such test ran' });
      continue;
    }
    const { outcome } = tests[at];
    const isAsKnown = sometimes || outcome === (leftOut ? 'skipped' : 'fail');
    judgement[at] = isAsKnown
      ? { ...tests[at], outcome: 'skipped', message: reason }
      : { ...tests[at], outcome: 'fail', message: `is an exception, but its outcome is: ${outcome}` };
  }
  return judgement;
}

/** The option that excludes tests, given as `suite > test`. Bun joins the names with a space. */
export const leavingOut = (names) =>
  names.length === 0
    ? []
    : [`--test-name-pattern=^(?!(?:${names.map((name) => escaped(name.replaceAll(' > ', ' '))).join('|')})$)`];

const escaped = (words) => words.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);

async function report(bun, files, root, signal) {
  const folder = mkdtempSync(join(tmpdir(), 'netwright-bun-'));
  const outcomes = join(folder, 'junit.xml');
  try {
    const names = exceptionsIn(files, exceptions).flatMap(({ leftOut, test }) => (leftOut === true ? [test] : []));
    const reporter = ['--reporter=junit', `--reporter-outfile=${outcomes}`];
    const options = [`--timeout=${testTimeout}`, ...reporter, ...leavingOut(names)];
    const child = spawn(bun, ['test', ...options, ...files.map((path) => join(root, path))], {
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
      killSignal: 'SIGKILL',
      timeout: fileTimeout,
    });
    const ended = once(child, 'close');
    const [stdout, stderr, [status, killedBy]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    const tests = existsSync(outcomes) ? readTests(readFileSync(outcomes, 'utf8')) : [];
    return { said: stderr + stdout, tests, end: status ?? killedBy };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Reads the tests of a JUnit report. Their names are `suite > test`. */
export function readTests(xml) {
  const suites = [];
  const tests = [];
  for (const [, close, tag, attributes] of xml.matchAll(/<(\/?)([a-z]+)((?: [a-z]+="[^"]*")*) ?\/?>/g)) {
    const value = (name) => unescaped(new RegExp(` ${name}="([^"]*)"`).exec(attributes)?.[1] ?? '');
    if (tag === 'testsuite') {
      if (close === '') suites.push(value('name'));
      else suites.pop();
    } else if (tag === 'testcase' && close === '') {
      // The outermost is the file.
      const name = [...suites.slice(1), value('name')].join(' > ');
      tests.push({ file: value('file'), name, outcome: 'pass', message: '' });
    } else if ((tag === 'failure' || tag === 'error') && close === '') {
      Object.assign(tests.at(-1), { outcome: 'fail', message: value('message') });
    } else if (tag === 'skipped' && close === '') tests.at(-1).outcome = 'skipped';
  }
  return tests;
}

const named = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

const unescaped = (words) =>
  words.replaceAll(/&(?:#(\d+)|#x([0-9a-f]+)|([a-z]+));/gi, (whole, decimal, hexadecimal, name) => {
    if (name !== undefined) return named[name] ?? whole;
    return String.fromCodePoint(decimal === undefined ? Number.parseInt(hexadecimal, 16) : Number(decimal));
  });
