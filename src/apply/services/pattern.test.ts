import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserPattern } from './pattern.ts';

/** What is asked again, as it is in use, until it is told: the machine may be busy. */
function isMatch(source: string, text: string): boolean | undefined {
  const pattern = new UserPattern(source);
  for (let attempt = 0; attempt < 10; attempt++) {
    const found = pattern.test(text, Infinity);
    if (found !== undefined) return found;
  }
  return undefined;
}

test('a pattern of every syntax of JavaScript is matched, line by line', () => {
  assert.equal(isMatch('^listening on (?<port>\\d+)$', 'starting\nlistening on 80\n'), true);
  assert.equal(isMatch('(?<!not )ready', 'not ready'), false);
  assert.equal(isMatch('(a|b)\\1', 'xbb'), true);
  assert.equal(isMatch('x(?=y)', 'xz'), false);
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
