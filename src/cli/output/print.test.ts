import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

test('no other file writes to standard output or standard error', () => {
  const sources = readdirSync('src/cli', { recursive: true, encoding: 'utf8' }).filter((name) =>
    /(?<!\.test)\.ts$/.test(name),
  );
  assert.ok(sources.length > 50);
  const offenders = sources.filter((name) =>
    /process\.std(out|err)\.write|console\.\w+\(|writeSync\(STD/.test(readFileSync(`src/cli/${name}`, 'utf8')),
  );
  assert.deepEqual(offenders, []);
});
