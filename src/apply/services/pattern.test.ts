import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserPattern } from './pattern.ts';

/** Repeats the test on a timeout, as awaiting a service does: the machine can be busy. */
function isMatch(source: string, text: string): boolean | undefined {
  const pattern = new UserPattern(source);
  for (let attempt = 0; attempt < 10; attempt++) {
    const matches = pattern.test(text, Infinity);
    if (matches !== undefined) return matches;
  }
  return undefined;
}

test('patterns have the syntax of JavaScript, with ^ and $ at every line', () => {
  assert.equal(isMatch('^listening on (?<port>\\d+)$', 'starting\nlistening on 80\n'), true);
  assert.equal(isMatch('(?<!not )ready', 'not ready'), false);
  assert.equal(isMatch('(a|b)\\1', 'xbb'), true);
  assert.equal(isMatch('x(?=y)', 'xz'), false);
});

test('catastrophic backtracking times out, with a longer limit each time', () => {
  const pattern = new UserPattern('(a+)+$');
  const text = `${'a'.repeat(50)}b`;
  const times = [20, Infinity, Infinity].map((maxTime) => {
    const start = performance.now();
    assert.equal(pattern.test(text, maxTime), undefined);
    assert.equal(pattern.slow, true);
    return performance.now() - start;
  });
  assert.ok(times[0]! < times[2]!, String(times));
  assert.equal(pattern.test('aaa', Infinity), true);
  assert.equal(pattern.slow, false);
});
