import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

/** Files of other rooms that use paths in /proc themselves, and the reason. */
const OTHERS: Readonly<Record<string, string>> = {
  'netns/ping-range.ts': 'writes a sysctl for each of a thousand namespaces, below a descriptor that stands for /proc',
  'cli/output/line-writer.ts': 'opens a stream again, before anything else is loaded',
  'cli/output/style.ts': 'checks the type of a stream, before anything else is loaded',
  'doctor/files.ts': 'reports which directory cannot be written',
  'netns/etc.ts': 'mounts the object of a descriptor',
  'netns/thread.ts': 'mounts the /proc/net of a thread',
  'plan/operation/service.ts': 'a script reads it',
  'base/sysctl-path.ts': 'builds the path only, for plan, which needs it in scripts and cannot import this room',
  'sandbox/mounts.ts': 'makes parts of the /proc of a command read-only',
  'observe/settings/conf.ts': 'reads all files of a sysctl directory, for each interface of a thousand namespaces',
  'observe/settings/reader.ts': 'reads all sysctls of a namespace, below descriptors of directories',
};

test('only this room reads /proc', () => {
  const naming = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.startsWith('proc/'))
    .filter((path) => namesProc(readFileSync(join('src', path), 'utf8')));
  assert.deepEqual(naming.toSorted(), Object.keys(OTHERS).toSorted());
});

/** True if a string in a source begins with a path in /proc. Comments do not count. */
const namesProc = (source: string): boolean =>
  source.split('\n').some((line) => !/^\s*(?:\*|\/\/|\/\*)/.test(line) && /['"`<]\/proc\/(?!index\.ts)/.test(line));
