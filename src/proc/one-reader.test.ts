import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

/** Files of other rooms that name what is in /proc, and why they do not ask this one. */
const OTHERS: Readonly<Record<string, string>> = {
  'netns/ping-range.ts': 'written to for each of a thousand namespaces, below a descriptor that stands for /proc',
  'cli/output/line-writer.ts': 'opens a stream once more, before anything else is loaded',
  'cli/output/style.ts': 'asks what a stream is, before anything else is loaded',
  'doctor/files.ts': 'says which folder cannot be written',
  'netns/etc.ts': 'mounts what a descriptor is of',
  'netns/thread.ts': 'mounts the /proc/net of a thread',
  'plan/operation/service.ts': 'a script reads it',
  'base/sysctl-path.ts': 'the path alone, which plan needs for scripts and may not take from here',
  'sandbox/mounts.ts': 'makes the /proc that a command sees read-only',
  'observe/settings/conf.ts': 'all files of a folder of settings, for each interface of a thousand namespaces',
  'observe/settings/reader.ts': 'all settings of a namespace, by descriptors of folders',
};

test('what the kernel says by /proc is read here alone', () => {
  const naming = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.startsWith('proc/'))
    .filter((path) => namesProc(readFileSync(join('src', path), 'utf8')));
  assert.deepEqual(naming.toSorted(), Object.keys(OTHERS).toSorted());
});

/** Whether a string of a source begins with a path in /proc; comments are none. */
const namesProc = (source: string): boolean =>
  source.split('\n').some((line) => !/^\s*(?:\*|\/\/|\/\*)/.test(line) && /['"`<]\/proc\/(?!index\.ts)/.test(line));
