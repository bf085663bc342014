import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseNetwork } from '../../addr/index.ts';
import { checkTopology, compile, type TopologyInput } from '../index.ts';

const UPLINK = { v4: parseNetwork('172.31.7.0/28') };

test('an IPv6 uplink adds IPv6 routes and rules', () => {
  const input: TopologyInput = {
    networks: { guests: { subnet: ['10.40.0.0/24', 'fd40::/64'], internet: true } },
    nodes: { guest: { networks: ['guests'] } },
  };
  const without = compile(checkTopology(input, 'lab'), { ipv6: true, uplink: UPLINK }).state.namespaces;
  assert.deepEqual(
    without['lab.guest']!.routes.map(({ destination }) => destination),
    ['0.0.0.0/0'],
  );
  const { namespaces } = compile(checkTopology(input, 'lab'), {
    ipv6: true,
    uplink: { ...UPLINK, v6: parseNetwork('fd77::/64') },
  }).state;
  assert.deepEqual(namespaces['lab.guest']!.routes[1], {
    type: 'unicast',
    destination: '::/0',
    gateway: 'fd40::1',
    device: 'eth0',
  });
  assert.deepEqual(namespaces['lab']!.routes[1], {
    type: 'unicast',
    destination: '::/0',
    gateway: 'fd77::1',
    device: 'uplink',
  });
  assert.equal(namespaces['']!.tables['inet netwright-lab']!.chains['postrouting']!.rules.length, 2);
});

/** The number of rules of each chain of the host and the lab, with `count` networks, destinations, nodes and ports. */
function rulesOf(count: number) {
  const each = <T>(make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
  const topology = checkTopology({
    name: 'lab',
    networks: {
      ...Object.fromEntries(each((i) => [`n${i}`, { subnet: `10.0.${i}.0/24`, internet: true }])),
      box: { subnet: '10.9.0.0/24', internet: true, egress: each((i) => `192.0.${i}.0/24:443`) },
    },
    nodes: {
      ...Object.fromEntries(each((i) => [`p${i}`, { publish: [`${8000 + i}:80`] }])),
      b: { networks: ['box'] },
    },
  });
  const { namespaces } = compile(topology, { ipv6: true, uplink: { v4: parseNetwork('198.18.0.0/16') } }).state;
  return ['', 'lab'].flatMap((name) =>
    Object.values(namespaces[name]!.tables).flatMap(({ chains }) =>
      Object.entries(chains).map(([chain, { rules }]) => [chain, rules.length]),
    ),
  );
}

test('the number of rules does not grow with networks, destinations, nodes or ports', () => {
  assert.deepEqual(rulesOf(200), rulesOf(2));
});
