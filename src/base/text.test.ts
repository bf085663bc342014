import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closest, didYouMean, listed, naturalOrder } from './text.ts';

test('the closest word to a misspelt one is suggested', () => {
  const words = ['networks', 'nodes', 'links', 'expect', 'lan', 'via'];
  assert.equal(closest('network', words), 'networks');
  assert.equal(closest('netwroks', words), 'networks');
  assert.equal(closest('lna', words), 'lan');
  assert.equal(closest('vai', words), 'via');
  assert.equal(closest('LINKS', words), 'links');
  assert.equal(closest('colour', words), undefined);
  assert.equal(didYouMean('nods', words), ' (did you mean "nodes"?)');
  assert.equal(didYouMean('zebra', words), '');
});

test('lists have commas and a conjunction', () => {
  assert.equal(listed([]), '');
  assert.equal(listed(['a']), 'a');
  assert.equal(listed(['a', 'b']), 'a and b');
  assert.equal(listed(['a', 'b', 'c'], 'or'), 'a, b or c');
});

test('numbers in names are ordered by their values', () => {
  const names = ['n10', 'n2', 'n1', 'n02', 'n', 'web', 'n1-b', 'n1-a10', 'n1-a9', '10', '9', 'n100'];
  const sorted = ['9', '10', 'n', 'n1', 'n1-a9', 'n1-a10', 'n1-b', 'n02', 'n2', 'n10', 'n100', 'web'];
  assert.deepEqual(names.toSorted(naturalOrder), sorted);
  for (const a of names)
    for (const b of names) assert.equal(Math.sign(naturalOrder(a, b)), -Math.sign(naturalOrder(b, a)) || 0);
});
