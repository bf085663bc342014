import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closest, didYouMean, listed } from './text.ts';

test('a slip of the keyboard finds the word that was meant', () => {
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

test('lists read as sentences do', () => {
  assert.equal(listed([]), '');
  assert.equal(listed(['a']), 'a');
  assert.equal(listed(['a', 'b']), 'a and b');
  assert.equal(listed(['a', 'b', 'c'], 'or'), 'a, b or c');
});
