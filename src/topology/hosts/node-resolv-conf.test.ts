import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseIp, parseNetwork } from '../../addr/index.ts';
import { checkTopology, compile, type TopologyInput } from '../index.ts';

const RESOLVER = {
  nameservers: ['192.0.2.53', '2001:db8::53', '192.0.2.54'].map(parseIp),
  settings: ['search example.org', 'options edns0'],
};
const V4 = { v4: parseNetwork('198.18.0.0/24') };
const BOTH = { ...V4, v6: parseNetwork('fd99::/64') };

/** The nameservers in the resolv.conf of each namespace. */
function serversOf(input: TopologyInput, uplink: typeof V4 | typeof BOTH = V4): Record<string, string[]> {
  const { state } = compile(checkTopology(input, 'lab'), { ipv6: true, uplink, resolver: RESOLVER });
  return Object.fromEntries(
    Object.entries(state.namespaces)
      .filter(([name]) => name !== '')
      .map(([name, { files }]) => [
        name.replace('lab.', ''),
        [...files['resolv.conf']!.matchAll(/^nameserver (.*)$/gm)].map(([, server]) => server!),
      ]),
  );
}

const IPV4 = ['192.0.2.53', '192.0.2.54'];
const ALL = ['192.0.2.53', '2001:db8::53', '192.0.2.54'];

test('nodes with a default route to the uplink, also via routers, get nameservers', () => {
  const servers = serversOf({
    networks: {
      open: { subnet: '10.1.0.0/24', internet: true },
      office: { subnet: '10.2.0.0/24', gateway: 'edge' },
      cellar: { subnet: '10.3.0.0/24', gateway: 'stairs' },
      island: { subnet: '10.4.0.0/24', gateway: 'captain' },
    },
    nodes: {
      guest: { networks: ['open'] },
      phone: { internet: true },
      edge: { networks: ['office'], internet: true, forward: true },
      desk: { networks: ['office'] },
      stairs: { networks: ['cellar', 'office'], forward: true },
      boiler: { networks: ['cellar'] },
      captain: { networks: ['island'], forward: true },
      sailor: { networks: ['island'] },
      hermit: {},
      own: { networks: ['office'], routes: ['blackhole default'] },
    },
  });
  assert.deepEqual(servers, {
    lab: IPV4,
    guest: IPV4,
    phone: IPV4,
    edge: IPV4,
    desk: IPV4,
    stairs: IPV4,
    boiler: IPV4,
    captain: [],
    sailor: [],
    hermit: [],
    own: [],
  });
});

test('a routing loop does not lead to the uplink', () => {
  const servers = serversOf({
    networks: { lan: { subnet: '10.1.0.0/24' }, open: { subnet: '10.2.0.0/24', internet: true } },
    nodes: {
      a: { networks: { lan: '10.1.0.1' }, forward: true, routes: ['default via 10.1.0.2'] },
      b: { networks: { lan: '10.1.0.2' }, forward: true, routes: ['default via 10.1.0.1'] },
    },
  });
  assert.deepEqual(servers, { lab: IPV4, a: [], b: [] });
});

test('nodes only get nameservers of the families of the uplink', () => {
  const topology: TopologyInput = {
    networks: {
      dual: { subnet: ['10.1.0.0/24', 'fd01::/64'], internet: true },
      six: { subnet: 'fd02::/64', internet: true },
    },
    nodes: { d: { networks: ['dual'] }, s: { networks: ['six'] } },
  };
  assert.deepEqual(serversOf(topology), { lab: IPV4, d: IPV4, s: [] });
  assert.deepEqual(serversOf(topology, BOTH), { lab: ALL, d: ALL, s: ['2001:db8::53'] });
});

test('namespaces with the same files share one object', () => {
  const networks = { open: { subnet: '10.1.0.0/24', internet: true }, shut: { subnet: '10.2.0.0/24' } };
  const nodes = { a: { networks: ['open'] }, b: { networks: ['open'] }, c: { networks: ['shut'] } };
  const { namespaces } = compile(checkTopology({ networks, nodes }, 'lab'), {
    ipv6: true,
    uplink: V4,
    resolver: RESOLVER,
  }).state;
  assert.equal(namespaces['lab.a']!.files, namespaces['lab.b']!.files);
  assert.equal(namespaces['lab.a']!.files, namespaces['lab']!.files);
  assert.notEqual(namespaces['lab.a']!.files, namespaces['lab.c']!.files);
  assert.match(namespaces['lab.a']!.files['resolv.conf']!, /^search example\.org\noptions edns0\nnameserver/);
  assert.match(namespaces['lab.c']!.files['resolv.conf']!, /^#.*\n$/);
});
