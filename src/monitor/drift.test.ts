import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseCidr } from '../addr/index.ts';
import type { LinkChange, Operation } from '../plan/index.ts';
import { DriftTracker } from './drift.ts';

const changeLink = (name: string, change: LinkChange, namespace = 'l.a'): Operation => ({
  op: 'change-link',
  namespace,
  name,
  kind: 'veth',
  change,
});
const addAddress = (text: string): Operation => ({
  op: 'add-address',
  namespace: 'l.a',
  link: 'eth0',
  address: { address: parseCidr(text) },
});
const createPair: Operation = {
  op: 'create-link',
  namespace: 'l',
  name: 'a-eth0',
  link: { kind: 'veth', up: true, mtu: 1500, addresses: [] },
  peer: { namespace: 'l.a', name: 'eth0', link: { kind: 'veth', up: true, mtu: 1500, addresses: [] } },
};
const setFiles = (...namespaces: string[]): Operation => ({ op: 'set-files', namespaces, files: { hosts: '' } });

suite('a known difference', () => {
  test('is reported once, and once more when it is repaired', () => {
    const drift = new DriftTracker();
    assert.deepEqual(drift.update([addAddress('10.0.0.1/24')]), { fresh: [addAddress('10.0.0.1/24')], mended: [] });
    assert.deepEqual(drift.update([addAddress('10.0.0.1/24')]), { fresh: [], mended: [] });
    assert.deepEqual(drift.update([]), { fresh: [], mended: [addAddress('10.0.0.1/24')] });
    assert.deepEqual(drift.update([addAddress('10.0.0.1/24')]), { fresh: [addAddress('10.0.0.1/24')], mended: [] });
  });

  test('is reported in parts that appear and disappear independently', () => {
    const drift = new DriftTracker();
    drift.update([changeLink('eth0', { up: true })]);
    assert.deepEqual(drift.update([changeLink('eth0', { up: true, mtu: 1500 })]), {
      fresh: [changeLink('eth0', { mtu: 1500 })],
      mended: [],
    });
    assert.deepEqual(drift.update([changeLink('eth0', { mtu: 1500 })]), {
      fresh: [],
      mended: [changeLink('eth0', { up: true })],
    });
    assert.deepEqual(new DriftTracker().update([changeLink('eth0', { up: true, mtu: 1500 })]).fresh, [
      changeLink('eth0', { up: true, mtu: 1500 }),
    ]);
    const other = new DriftTracker();
    other.update([setFiles('l.a')]);
    assert.deepEqual(other.update([setFiles('l.a', 'l.b', 'l.c')]).fresh, [setFiles('l.b', 'l.c')]);
    assert.deepEqual(other.update([setFiles('l.a', 'l.c')]).mended, [setFiles('l.b')]);
  });

  test('is not repaired when its object is gone', () => {
    const drift = new DriftTracker();
    drift.update([changeLink('eth0', { mtu: 1500 }), addAddress('10.0.0.1/24')]);
    assert.deepEqual(drift.update([createPair, addAddress('10.0.0.1/24')]), { fresh: [createPair], mended: [] });
    const node = new DriftTracker();
    node.update([changeLink('eth0', { mtu: 1500 }), changeLink('eth1', { mtu: 1500 }, 'l.b')]);
    const create: Operation = {
      op: 'create-namespace',
      namespace: 'l.a',
      owner: { lab: 'l', node: 'a' },
      forwarding: false,
    };
    assert.deepEqual(node.update([create]), { fresh: [create], mended: [changeLink('eth1', { mtu: 1500 }, 'l.b')] });
  });

  test('is not reported as repaired by others after its operation was executed', () => {
    const drift = new DriftTracker();
    drift.update([addAddress('10.0.0.1/24'), addAddress('10.0.0.2/24')]);
    drift.settle([addAddress('10.0.0.1/24')]);
    assert.deepEqual(drift.update([]), { fresh: [], mended: [addAddress('10.0.0.2/24')] });
  });
});
