import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkTopology, compile, type TopologyInput } from '../index.ts';

const compiled = (input: TopologyInput) => compile(checkTopology(input, 'lab'), { ipv6: true });

test("the default route is via the first network with a gateway, and a user's default route replaces it", () => {
  const networks = {
    one: { subnet: '10.1.0.0/24', gateway: 'r1' },
    two: { subnet: ['10.2.0.0/24', 'fd02::/64'], gateway: 'r2' },
  };
  const { state } = compiled({
    networks,
    nodes: {
      r1: { networks: ['one', 'two'], forward: true },
      r2: { networks: ['two'], forward: true },
      both: { networks: ['one', 'two'] },
      own: {
        networks: ['one', 'two'],
        routes: [
          'default via 10.2.0.77 metric 5',
          'blackhole 192.0.2.0/24',
          '198.51.100.0/24 nexthop via 10.1.0.1 nexthop via 10.2.0.1 weight 2',
        ],
      },
    },
  });
  const routesOf = (node: string) => state.namespaces[`lab.${node}`]!.routes;
  const v6 = { type: 'unicast', destination: '::/0', gateway: 'fd02::1', device: 'eth1' };
  assert.deepEqual(routesOf('both'), [
    { type: 'unicast', destination: '0.0.0.0/0', gateway: '10.1.0.1', device: 'eth0' },
    v6,
  ]);
  assert.deepEqual(routesOf('r1')[0], {
    type: 'unicast',
    destination: '0.0.0.0/0',
    gateway: '10.2.0.1',
    device: 'eth1',
  });
  // Without a default route, multicast and broadcast packets leave through the first interface.
  assert.deepEqual(routesOf('r2'), [
    { type: 'unicast', destination: '224.0.0.0/4', device: 'eth0' },
    { type: 'unicast', destination: '255.255.255.255/32', device: 'eth0' },
  ]);
  assert.deepEqual(routesOf('own'), [
    v6,
    { type: 'unicast', destination: '0.0.0.0/0', gateway: '10.2.0.77', device: 'eth1', metric: 5 },
    { type: 'blackhole', destination: '192.0.2.0/24' },
    {
      type: 'unicast',
      destination: '198.51.100.0/24',
      nexthops: [
        { gateway: '10.1.0.1', device: 'eth0', weight: 1 },
        { gateway: '10.2.0.1', device: 'eth1', weight: 2 },
      ],
    },
  ]);
});
