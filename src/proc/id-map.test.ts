import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isInitial, parseIdMap } from './id-map.ts';

test('ranges, in padded columns', () => {
  assert.deepEqual(parseIdMap('         0          0 4294967295\n'), [{ first: 0, outside: 0, count: 4294967295 }]);
  assert.deepEqual(parseIdMap('         0       1000          1\n         1     100000      65536\n'), [
    { first: 0, outside: 1000, count: 1 },
    { first: 1, outside: 100000, count: 65536 },
  ]);
  assert.deepEqual(parseIdMap('\n0 1\n0 x 1\n'), []);
});

const initial = (text: string): boolean => isInitial(parseIdMap(text));

test('the initial user namespace maps all ids to themselves', () => {
  assert.equal(initial('         0          0 4294967295\n'), true);
  assert.equal(initial('0 1000 1\n'), false);
  assert.equal(initial('0 0 65536\n'), false);
  assert.equal(initial('0 0 4294967295\n1 1 1\n'), false);
  assert.equal(initial(''), false, 'a user namespace without a mapping yet');
});
