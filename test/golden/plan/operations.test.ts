// What is said of each operation of a plan, and which commands do the same.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cidr, Ip } from '../../../src/addr/index.ts';
import { changeOf, describe, render, type Operation } from '../../../src/plan/index.ts';
import { HOST, type LinkState } from '../../../src/state/index.ts';
import { operationExamples } from '../../support/operations.ts';

const SIGNS = { add: '+', remove: '-', change: '~' } as const;

for (const { operation, said, commands, options } of operationExamples) {
  test(said, () => {
    assert.deepEqual(render(operation, options), commands);
    assert.equal(`${SIGNS[changeOf(operation)]} ${describe(operation)}`, said);
  });
}

const web = 'shop.web';
const plain = { up: false, mtu: 1500, addresses: [] } as const;
const veth: LinkState = { ...plain, kind: 'veth' };

test('what is said of many nodes, and of names that a terminal would take for orders, stays short and plain', () => {
  const namespaces = Array.from({ length: 9 }, (_, i) => `shop.n${i}`);
  assert.equal(describe({ op: 'set-files', namespaces, files: { hosts: '' } }), 'write /etc/hosts of 9 nodes');
  assert.equal(
    describe({ op: 'delete-link', namespace: web, name: 'a\u001b[2J' }),
    String.raw`delete link a\x1b[2J of web`,
  );
});

test('a table whose name nft cannot say is refused by nft', () => {
  const operation: Operation = {
    op: 'delete-table',
    namespace: HOST,
    table: { family: 'ip', name: 'x; flush ruleset' },
  };
  assert.deepEqual(render(operation), [`nft delete table ip '?"x; flush ruleset"'`]);
  assert.equal(describe(operation), 'delete table ip x; flush ruleset on the host');
});

test('no part of an operation becomes a command of its own', () => {
  const evil = '$(pwn)`pwn`\';pwn;"';
  const operations: Operation[] = [
    { op: 'create-namespace', namespace: evil, owner: { lab: evil }, forwarding: false },
    { op: 'create-link', namespace: evil, name: evil, link: { ...veth, master: evil } },
    {
      op: 'create-link',
      namespace: evil,
      name: evil,
      link: { ...plain, kind: 'vxlan', options: { id: 1, remote: evil as Ip }, lower: { name: evil, namespace: evil } },
    },
    {
      op: 'change-link',
      namespace: evil,
      name: evil,
      kind: 'vxlan',
      masterKind: 'bridge',
      change: { master: evil, addAltNames: [evil], options: { remote: evil }, port: { cost: evil } },
    },
    { op: 'add-address', namespace: evil, link: evil, address: { address: evil as Cidr } },
    { op: 'set-sysctl', namespace: evil, key: evil, value: evil },
    { op: 'delete-table', namespace: evil, table: { family: 'ip', name: evil } },
    { op: 'set-files', namespaces: [evil, evil], files: { [evil]: evil } },
  ];
  for (const operation of operations) {
    for (const text of render(operation)) {
      // Wherever quotes of ours do not hold it, there is none of it left.
      const rest = text.replaceAll(/'(?:[^']|'\\'')*'/g, '');
      assert.ok(!rest.includes('pwn'), text);
    }
  }
});
