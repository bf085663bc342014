import assert from 'node:assert/strict';
import { test } from 'node:test';
import { longestIncreasingSubsequence, merge } from './order.ts';

const ascent = (values: readonly number[]): number[] => longestIncreasingSubsequence(values).map((i) => values[i]!);
const byLetter = (text: string): number => text.charCodeAt(0);

test('items follow each other as in the chains, and by rank otherwise', () => {
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

test('a chain that contradicts the ones before it is passed over', () => {
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

test('the longest of the runs that grow', () => {
  assert.deepEqual(ascent([]), []);
  assert.deepEqual(ascent([1, 2, 3]), [1, 2, 3]);
  assert.deepEqual(ascent([9, 1, 2]), [1, 2]);
  assert.deepEqual(ascent([3, 1, 4, 1, 5, 9, 2, 6]), [1, 4, 5, 6]);
  assert.deepEqual(ascent([2, 2, 2]), [2]);
});
