import assert from 'node:assert/strict';
import { test } from 'node:test';
import { longestIncreasingSubsequence, merge } from './order.ts';

const increasing = (values: readonly number[]): number[] => longestIncreasingSubsequence(values).map((i) => values[i]!);
const byLetter = (text: string): number => text.charCodeAt(0);

test('items are in the order of the chains, and otherwise of their ranks', () => {
  assert.deepEqual(merge(['c', 'a', 'b'], [], byLetter), ['a', 'b', 'c']);
  assert.deepEqual(merge(['a', 'b', 'c', 'd'], [['c', 'a']], byLetter), ['b', 'c', 'a', 'd']);
  assert.deepEqual(
    merge(
      ['a', 'b', 'c', 'd'],
      [
        ['c', 'a'],
        ['d', 'c'],
      ],
      byLetter,
    ),
    ['b', 'd', 'c', 'a'],
  );
});

test('a chain that contradicts earlier ones is ignored', () => {
  assert.deepEqual(
    merge(
      ['a', 'b'],
      [
        ['b', 'a'],
        ['a', 'b'],
      ],
      byLetter,
    ),
    ['b', 'a'],
  );
  assert.deepEqual(merge(['a', 'b'], [['b', 'x', 'a', 'a']], byLetter), ['b', 'a']);
});

test('the longest increasing subsequence', () => {
  assert.deepEqual(increasing([]), []);
  assert.deepEqual(increasing([1, 2, 3]), [1, 2, 3]);
  assert.deepEqual(increasing([9, 1, 2]), [1, 2]);
  assert.deepEqual(increasing([3, 1, 4, 1, 5, 9, 2, 6]), [1, 4, 5, 6]);
  assert.deepEqual(increasing([2, 2, 2]), [2]);
});
