import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkTopology, compile, type TopologyInput } from '../index.ts';

const compiled = (input: TopologyInput) => compile(checkTopology(input, 'lab'), { ipv6: true });

test('expectations have the protocol, the port and the addresses to probe', () => {
  const { expectations } = compiled({
    networks: {
      lan: { subnet: '10.20.0.0/24', gateway: 'router' },
      servers: { subnet: '10.30.0.0/24', gateway: 'router' },
    },
    nodes: {
      laptop: { networks: ['lan'] },
      web: { networks: { servers: '10.30.0.10' } },
      router: { networks: ['lan', 'servers'], forward: true },
    },
    expect: [
      { from: 'laptop', to: 'web', tcp: 80 },
      { from: 'web', to: 'laptop', icmp: true, reachable: false },
      { from: 'laptop', to: 'router', icmp: true, rtt: ['40ms', '60ms'] },
    ],
  });
  assert.deepEqual(expectations[0], {
    from: 'laptop',
    to: 'web',
    protocol: 'tcp',
    port: 80,
    reachable: true,
    targets: ['10.30.0.10'],
    toNode: 'web',
    label: 'laptop reaches web (tcp 80)',
  });
  assert.deepEqual(expectations[1]!.label, 'web does not reach laptop (icmp)');
  assert.deepEqual(expectations[2]!.rtt, { min: 40, max: 60 });
  const { expectations: others } = compiled({
    networks: { lan: { subnet: ['10.0.0.0/24', 'fd00::/64'] } },
    nodes: { a: { networks: ['lan'] }, b: { networks: ['lan'] } },
    expect: [
      { from: 'a', to: 'b', icmp: true },
      { from: 'a', to: 'host', udp: 53 },
      { from: 'a', to: '10.0.0.2', icmp: true },
    ],
  });
  assert.deepEqual(
    others.map(({ targets, toNode }) => [targets, toNode]),
    [
      [['10.0.0.2', 'fd00::2'], 'b'],
      [[], undefined],
      [['10.0.0.2'], 'b'],
    ],
  );
});
