import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Writer } from '../../../src/wire/index.ts';
import { read } from '../rtnetlink/capture.ts';
import { captures as chain } from './chain.ts';
import { captures as elements } from './elements.ts';
import { captures as flowtable } from './flowtable.ts';
import { captures as nat } from './nat.ts';
import { captures as rule } from './rule.ts';
import { captures as set } from './set.ts';
import { captures as table } from './table.ts';

for (const [name, captures] of Object.entries({ chain, elements, flowtable, nat, rule, set, table })) {
  for (const capture of captures) {
    test(`${name}: ${capture.title}`, () => {
      assert.deepEqual(read(capture), capture.value);
      const to = new Writer();
      capture.codec.write(to, capture.value);
      assert.equal(Buffer.from(to.written()).toString('hex'), Buffer.from(capture.bytes).toString('hex'));
    });
  }
}
