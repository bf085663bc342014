// Runs test files, each in a process of its own, and tells what they reported as if one process had run them all.
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { setImmediate } from 'node:timers/promises';

/** In milliseconds. */
export const timeoutOfOneFile = 15 * 60_000;

/** Tests of whole labs wait for the kernel half of the time. */
let free = availableParallelism() + 1;
const waiting = [];

/**
 * Runs files, the urgent ones before all others that wait, also those of other calls. Writes to `output` what they report,
 * in their order; gives how many of their tests did what, and which failed.
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
        // A suite fails when a test of it does.
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

/** Whether it is one of the counts that a file's report ends with. */
const isSummary = ({ type, data }) => type === 'test:diagnostic' && data.nesting === 0 && data.file === undefined;

/** Does something when one of the places is free. */
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
  // Node 20 takes the options of the file's process from its own, a little later, and later versions those that are given.
  await setImmediate();
  process.execArgv = execArgv;
  return run({ files: [file], signal, timeout: timeoutOfOneFile, execArgv }).toArray();
}
