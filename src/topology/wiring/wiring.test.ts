import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkTopology, compile, type TopologyInput } from '../index.ts';

const compiled = (input: TopologyInput) => compile(checkTopology(input, 'lab'), { ipv6: true });

test('nodes have link-local addresses on a network without a subnet, but not on an IPv4 network', () => {
  const { state } = compiled({
    networks: { s: null, v4: { subnet: '10.0.0.0/24' } },
    nodes: { a: { networks: ['s', 'v4'] } },
  });
  const { eth0, eth1 } = state.namespaces['lab.a']!.links;
  assert.match(eth0!.addresses[0]!.address, /^fe80::/);
  assert.deepEqual(eth1!.addresses, [{ address: '10.0.0.1/24', scope: 'global' }]);
});

test('interfaces are numbered in order, including named ones', () => {
  const { nodes } = compiled({
    networks: { x: null, y: null },
    nodes: { a: { networks: { x: { interface: 'lan0', mac: '02-00-00-00-00-AA' }, y: null } }, b: null },
    links: [{ between: ['a', 'b.wan'] }, { between: ['b', 'a'] }],
  });
  assert.deepEqual(
    nodes['a']!.interfaces.map(({ name }) => name),
    ['lan0', 'eth1', 'eth2', 'eth3'],
  );
  assert.deepEqual(
    nodes['b']!.interfaces.map(({ name }) => name),
    ['wan', 'eth1'],
  );
  assert.equal(nodes['a']!.interfaces[0]!.mac, '02:00:00:00:00:aa');
});

test('a gateway that does not forward causes a warning', () => {
  const { warnings } = compiled({
    networks: { n: { subnet: '10.0.0.0/24', gateway: 'r' } },
    nodes: { r: { networks: ['n'] } },
  });
  assert.deepEqual(warnings, ['networks.n.gateway: the gateway "r" does not forward packets: give it "forward: true"']);
});

test('the ends of a cable can have all addresses of a /31, a /127 and a /32', () => {
  const { state } = compiled({
    nodes: { a: {}, b: {} },
    links: [
      { between: ['a', 'b'], addresses: { a: ['10.0.0.0/31', 'fd00::/127'], b: ['10.0.0.1/31', '192.0.2.0/32'] } },
    ],
  });
  const addresses = (node: string): string[] =>
    state.namespaces[`lab.${node}`]!.links['eth0']!.addresses.flatMap(({ address, scope }) =>
      scope === 'link' ? [] : [address],
    );
  assert.deepEqual(addresses('a'), ['10.0.0.0/31', 'fd00::/127']);
  assert.deepEqual(addresses('b'), ['10.0.0.1/31', '192.0.2.0/32']);
});
