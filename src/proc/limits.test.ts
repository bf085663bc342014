import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitOf, parseLimit } from './limits.ts';

const TEXT = `Limit                     Soft Limit           Hard Limit           Units
Max cpu time              unlimited            unlimited            seconds
Max processes             4096                 unlimited            processes
Max open files            1024                 524288               files
`;

test('limits by name', () => {
  assert.deepEqual(parseLimit(TEXT, 'open files'), { soft: 1024, hard: 524_288 });
  assert.deepEqual(parseLimit(TEXT, 'processes'), { soft: 4096, hard: Infinity });
  assert.equal(parseLimit(TEXT.slice(0, TEXT.indexOf('524288')), 'open files'), undefined, 'cut short');
  assert.equal(parseLimit('', 'processes'), undefined);
});

test('this process, and one that does not exist', () => {
  const { soft, hard } = limitOf('self', 'open files')!;
  assert.ok(soft > 0 && soft <= hard);
  assert.equal(limitOf(4194304, 'open files'), undefined);
});
