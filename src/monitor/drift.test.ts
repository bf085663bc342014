import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseCidr } from '../addr/index.ts';
import type { LinkChange, Operation } from '../plan/index.ts';
import { DriftTracker } from './drift.ts';

const change = (name: string, what: LinkChange, namespace = 'l.a'): Operation => ({
  op: 'change-link',
  namespace,
  name,
  kind: 'veth',
  change: what,
});
const address = (text: string): Operation => ({
  op: 'add-address',
  namespace: 'l.a',
  link: 'eth0',
  address: { address: parseCidr(text) },
});
const cable: Operation = {
  op: 'create-link',
  namespace: 'l',
  name: 'a-eth0',
  link: { kind: 'veth', up: true, mtu: 1500, addresses: [] },
  peer: { namespace: 'l.a', name: 'eth0', link: { kind: 'veth', up: true, mtu: 1500, addresses: [] } },
};
const files = (...namespaces: string[]): Operation => ({ op: 'set-files', namespaces, files: { hosts: '' } });

suite('what is known to differ', () => {
  test('is told once, and once more when it is mended', () => {
    const drift = new DriftTracker();
    assert.deepEqual(drift.update([address('10.0.0.1/24')]), { fresh: [address('10.0.0.1/24')], mended: [] });
    assert.deepEqual(drift.update([address('10.0.0.1/24')]), { fresh: [], mended: [] });
    assert.deepEqual(drift.update([]), { fresh: [], mended: [address('10.0.0.1/24')] });
    assert.deepEqual(drift.update([address('10.0.0.1/24')]), { fresh: [address('10.0.0.1/24')], mended: [] });
  });

  test('is told in the parts that come and go', () => {
    const drift = new DriftTracker();
    drift.update([change('eth0', { up: true })]);
    assert.deepEqual(drift.update([change('eth0', { up: true, mtu: 1500 })]), {
      fresh: [change('eth0', { mtu: 1500 })],
      mended: [],
    });
    assert.deepEqual(drift.update([change('eth0', { mtu: 1500 })]), {
      fresh: [],
      mended: [change('eth0', { up: true })],
    });
    assert.deepEqual(new DriftTracker().update([change('eth0', { up: true, mtu: 1500 })]).fresh, [
      change('eth0', { up: true, mtu: 1500 }),
    ]);
    const other = new DriftTracker();
    other.update([files('l.a')]);
    assert.deepEqual(other.update([files('l.a', 'l.b', 'l.c')]).fresh, [files('l.b', 'l.c')]);
    assert.deepEqual(other.update([files('l.a', 'l.c')]).mended, [files('l.b')]);
  });

  test('is not mended when what it is about is gone', () => {
    const drift = new DriftTracker();
    drift.update([change('eth0', { mtu: 1500 }), address('10.0.0.1/24')]);
    assert.deepEqual(drift.update([cable, address('10.0.0.1/24')]), { fresh: [cable], mended: [] });
    const node = new DriftTracker();
    node.update([change('eth0', { mtu: 1500 }), change('eth1', { mtu: 1500 }, 'l.b')]);
    const create: Operation = {
      op: 'create-namespace',
      namespace: 'l.a',
      owner: { lab: 'l', node: 'a' },
      forwarding: false,
    };
    assert.deepEqual(node.update([create]), { fresh: [create], mended: [change('eth1', { mtu: 1500 }, 'l.b')] });
  });

  test('is nobody else’s doing when it was carried out', () => {
    const drift = new DriftTracker();
    drift.update([address('10.0.0.1/24'), address('10.0.0.2/24')]);
    drift.settle([address('10.0.0.1/24')]);
    assert.deepEqual(drift.update([]), { fresh: [], mended: [address('10.0.0.2/24')] });
  });
});
