import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseStatus, statusOf } from './status.ts';

test('values by field; the process name cannot add a field', () => {
  // The kernel escapes a line break in the process name.
  const fields = parseStatus('Name:\ta\\nUmask:\\t0777\nUmask:\t0022\nUid:\t0\t0\t0\t0\nNoNewPrivs:\t1\nSeccomp:\t2\n');
  assert.equal(fields.get('Name'), 'a\\nUmask:\\t0777');
  assert.equal(fields.get('Umask'), '0022');
  assert.equal(fields.get('Uid'), '0\t0\t0\t0');
  assert.equal(fields.get('Seccomp'), '2');
  assert.equal(fields.size, 5);
});

test('invalid lines are ignored, and the first line of a field counts', () => {
  assert.deepEqual(
    [...parseStatus('nothing\n:\nUmask:\t0077\nUmask:\t0000\nState:')],
    [
      ['Umask', '0077'],
      ['State', ''],
    ],
  );
});

test('this process, and one that does not exist', () => {
  assert.equal(statusOf('self').get('Pid'), String(process.pid));
  assert.equal(statusOf(4194304).size, 0);
});
