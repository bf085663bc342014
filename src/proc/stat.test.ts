import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { hasEnded, parseBootTime, parseStat, selfAndAncestors, statOf } from './stat.ts';

const AFTER_NAME =
  'S 41 77 77 34816 77 4194304 120 0 0 0 7 3 0 0 20 0 11 0 5000 1048576 900 18446744073709551615 1 1 0 0 0 0 0 4096 0 0 0 0 17';

test('the fields follow the name, whatever the name contains', () => {
  for (const name of ['sh', 'a b', ') R 1 1 1 (', 'x) Z 9 9', '((', 'zwei\nZeilen', ''])
    assert.deepEqual(
      parseStat(`42 (${name}) ${AFTER_NAME}\n`, 1_000_000),
      { state: 'S', parent: 41, session: 77, started: 1_050_000, spent: 100 },
      JSON.stringify(name),
    );
});

test('a truncated or empty text is undefined', () => {
  assert.equal(parseStat('', 0), undefined);
  assert.equal(parseStat('42 (sh', 0), undefined);
  assert.equal(parseStat('42 (sh) S 41 77', 0), undefined);
  fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => void parseStat(text, 0)));
});

test('the boot time', () => {
  assert.equal(parseBootTime('cpu  1 2 3\nintr 5\nbtime 1700000000\nprocesses 9\n'), 1_700_000_000_000);
  assert.equal(parseBootTime('cpu  1 2 3\n'), 0);
});

test('this process, and one that does not exist', () => {
  const own = statOf(process.pid)!;
  assert.equal(own.parent, process.ppid);
  assert.ok(own.started <= Date.now() && own.started > Date.now() - 24 * 3600_000);
  assert.equal(hasEnded(process.pid), false);
  // No process has an id as high as PID_MAX_LIMIT.
  assert.equal(statOf(4194304), undefined);
  assert.equal(hasEnded(4194304), true);
  const ancestry = selfAndAncestors();
  assert.ok(ancestry.has(process.pid) && ancestry.has(process.ppid));
});
