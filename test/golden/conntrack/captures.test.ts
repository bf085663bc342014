import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Writer } from '../../../src/wire/index.ts';
import { read } from '../rtnetlink/capture.ts';
import { captures } from './flow.ts';

for (const capture of captures) {
  test(capture.title, () => {
    assert.deepEqual(read(capture), capture.value);
    const to = new Writer();
    capture.codec.write(to, capture.value);
    assert.equal(Buffer.from(to.written()).toString('hex'), Buffer.from(capture.bytes).toString('hex'));
  });
}
