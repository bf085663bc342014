import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserPattern } from './pattern.ts';

test('a pattern of every syntax of JavaScript is matched, line by line', () => {
  assert.equal(new UserPattern('^listening on (?<port>\\d+)$').test('starting\nlistening on 80\n', 1000), true);
  assert.equal(new UserPattern('(?<!not )ready').test('not ready', 1000), false);
  assert.equal(new UserPattern('(a|b)\\1').test('xbb', 1000), true);
  assert.equal(new UserPattern('x(?=y)').test('xz', 1000), false);
});

test('one that backtracks without end is given up in time, and longer each time', () => {
  const pattern = new UserPattern('(a+)+$');
  const text = `${'a'.repeat(50)}b`;
  const times = [20, Infinity, Infinity].map((patience) => {
    const began = performance.now();
    assert.equal(pattern.test(text, patience), undefined);
    assert.equal(pattern.slow, true);
    return performance.now() - began;
  });
  assert.ok(times[0]! < times[2]!, String(times));
  assert.equal(pattern.test('aaa', Infinity), true);
  assert.equal(pattern.slow, false);
});
