import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseNetwork } from '../../addr/index.ts';
import { checkTopology, compile } from '../index.ts';

test('a flowtable has all interfaces; with a NAT, it is only used for TCP', () => {
  const nodes = {
    plain: { networks: ['x', 'y'], internet: true, forward: { flowtable: true } },
    home: { networks: ['x', 'y'], nat: { inside: 'x', outside: 'y' }, forward: { flowtable: true } },
    router: { networks: ['x'], forward: {} },
    lone: { forward: { flowtable: true } },
  };
  const networks = { x: { subnet: '10.0.0.0/24' }, y: { subnet: '10.0.1.0/24' } };
  const topology = checkTopology({ name: 'lab', networks, nodes });
  const { namespaces } = compile(topology, { ipv6: true, uplink: { v4: parseNetwork('198.18.0.0/26') } }).state;
  const flow = (node: string) => namespaces[`lab.${node}`]!.tables['inet netwright-flow'];
  assert.deepEqual(flow('plain')!.flowtables, {
    flows: { hook: 'ingress', priority: 0, devices: ['eth0', 'eth1', 'uplink'] },
  });
  const statementsOf = (node: string) => flow(node)!.chains['forward']!.rules[0]!.statements;
  assert.deepEqual(statementsOf('plain').at(-1), { flowAdd: 'flows' });
  assert.deepEqual(statementsOf('plain')[0], {
    match: { left: 'meta l4proto', op: '==', right: { anyOf: ['tcp', 'udp'] } },
  });
  assert.deepEqual(statementsOf('home')[0], { match: { left: 'meta l4proto', op: '==', right: 'tcp' } });
  assert.equal(flow('router'), undefined);
  assert.equal(flow('lone'), undefined);
  assert.equal(namespaces['lab.router']!.sysctls['net.ipv4.ip_forward'], '1');
});
