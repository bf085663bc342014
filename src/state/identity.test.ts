import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOST, namespaceName, nodeOf, parseNamespaceName } from './identity.ts';

const NAMES = [
  ['shop', { lab: 'shop' }],
  ['shop.web', { lab: 'shop', node: 'web' }],
  ['shop-2.db-1', { lab: 'shop-2', node: 'db-1' }],
  // Netwright creates no such name, but other programs can.
  ['shop.web.old', { lab: 'shop', node: 'web.old' }],
] as const;

for (const [name, identity] of NAMES)
  test(`${name} is parsed as the name of a lab's namespace, and formatted again`, () => {
    assert.deepEqual(parseNamespaceName(name), identity);
    assert.equal(namespaceName(identity), name);
    assert.equal(nodeOf(name), 'node' in identity ? identity.node : undefined);
  });

test('the host is not a node', () => {
  assert.equal(nodeOf(HOST), undefined);
  assert.equal(namespaceName(parseNamespaceName(HOST)), HOST);
});
