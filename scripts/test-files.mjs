// Runs test files, each in a separate process, and reports them like the files of one process.
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { setImmediate } from 'node:timers/promises';

/** In milliseconds. */
export const fileTimeout = 15 * 60_000;

/** Free slots: one more than processors, since tests of whole labs wait for the kernel half of the time. */
let free = availableParallelism() + 1;
const waiting = [];

/**
 * Runs files; urgent ones go to the front of the queue that all calls share. Writes the reports to `output` in the
 * order of the files. Returns the numbers of tests by result, and the failures.
 */
export async function runFiles(files, { root, execArgv, isUrgent, signal }, output) {
  const counts = {};
  const failures = [];
  const all = files.map((path) => inTurn(() => report(join(root, path), execArgv, signal), isUrgent(path)));
  async function* merged() {
    for (const events of all) {
      for (const event of await events) {
        const { type, data } = event;
        if (isSummary(event)) add(data.message);
        else yield event;
        // Without suites, which fail if one of their tests does.
        if (type === 'test:fail' && data.details.error.failureType !== 'subtestsFailed') failures.push(failure(data));
      }
    }
    for (const [key, count] of Object.entries(counts))
      yield { type: 'test:diagnostic', data: { nesting: 0, message: `${key} ${count}` } };
  }
  function add(message) {
    const [, key, count] = /^(\w+) (\d+)$/.exec(message) ?? [];
    if (key !== undefined) counts[key] = (counts[key] ?? 0) + Number(count);
  }
  function failure({ file = '', name, details: { error } }) {
    const { cause = error } = error;
    return `${relative(root, file)}: ${name}\n${cause?.stack ?? cause?.message ?? cause}`;
  }
  const reporter = new spec();
  reporter.on('data', (text) => output.write(text));
  for await (const event of merged()) reporter.write(event);
  await new Promise((resolve) => reporter.end(resolve));
  return { counts, failures };
}

/** True for the counts at the end of a file's report. */
const isSummary = ({ type, data }) => type === 'test:diagnostic' && data.nesting === 0 && data.file === undefined;

/** Calls `work` when a slot is free. */
export async function inTurn(work, urgent) {
  if (free > 0) free--;
  else await new Promise((resolve) => (urgent ? waiting.unshift(resolve) : waiting.push(resolve)));
  try {
    return await work();
  } finally {
    if (waiting.length > 0) waiting.shift()();
    else free++;
  }
}

async function report(file, execArgv, signal) {
  // Node 20 copies the options from process.execArgv, asynchronously; later versions have the option `execArgv`.
  await setImmediate();
  process.execArgv = execArgv;
  return run({ files: [file], signal, timeout: fileTimeout, execArgv }).toArray();
}
