import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseNetwork } from '../addr/index.ts';
import { UsageError } from '../base/index.ts';
import { labLinkGroup } from '../state/index.ts';
import {
  checkTopology,
  compile,
  hostLinkName,
  hostTableName,
  parseTopology,
  subnetsOf,
  uplinkAddressCount,
  type TopologyInput,
} from './index.ts';

/** The example of the documentation, without keys that are not supported yet. */
const SHOP = `
name: shop
networks:
  lan:
    subnet: [10.20.0.0/24, fd20::/64]
    gateway: router
  servers: { subnet: 10.30.0.0/24, gateway: router, mtu: 1400 }
  guests:  { subnet: 10.40.0.0/24, internet: true }
nodes:
  laptop: { networks: [lan] }
  web:
    networks: { servers: 10.30.0.10 }
    routes: [10.99.0.0/16 via 10.30.0.77]
    sysctls: { net.ipv4.conf.all.rp_filter: 2 }
  router:
    networks: [lan, servers]
    forward: true
    internet: true
  home: { networks: [lan], forward: true }
  isp:
  guest: { networks: [guests] }
links:
  - between: [router, isp]
    subnet: 203.0.113.0/30
expect:
  - { from: laptop, to: web, tcp: 80 }
  - { from: web, to: laptop, icmp: true, reachable: false }
  - { from: laptop, to: isp, icmp: true, rtt: [40ms, 60ms] }
`;
const UPLINK = { v4: parseNetwork('172.31.7.0/28') };
const shop = () => compile(parseTopology(SHOP, 'shop.yaml'), { ipv6: true, uplink: UPLINK });
const compiled = (input: TopologyInput, ipv6 = true) => compile(checkTopology(input, 'lab'), { ipv6 });

test('a node of the example', () => {
  const { laptop } = shop().nodes;
  const namespace = shop().state.namespaces['shop.laptop']!;
  assert.deepEqual(laptop?.namespace, 'shop.laptop');
  assert.deepEqual(laptop?.interfaces[0]?.addresses, ['10.20.0.2/24', 'fd20::2/64']);
  assert.deepEqual(namespace.owner, { lab: 'shop', node: 'laptop' });
  assert.deepEqual(namespace.links['lo'], { kind: 'loopback', up: true, mtu: 65536, addresses: [] });
  const { addresses, mac, ...eth0 } = namespace.links['eth0']!;
  assert.deepEqual(eth0, {
    kind: 'veth',
    up: true,
    mtu: 1500,
    group: labLinkGroup('shop'),
    peer: { namespace: 'shop', name: 'laptop-eth0' },
    inet: { forwarding: false, rpFilter: 0 },
    addrGenMode: 'none',
  });
  assert.match(mac!, /^.[26ae](:..){5}$/);
  assert.match(addresses[0]!.address, /^fe80::.*\/64$/);
  assert.deepEqual(
    addresses.map(({ scope }) => scope),
    ['link', 'global', 'global'],
  );
  assert.deepEqual(namespace.routes, [
    { type: 'unicast', destination: '0.0.0.0/0', gateway: '10.20.0.1', device: 'eth0' },
    { type: 'unicast', destination: '::/0', gateway: 'fd20::1', device: 'eth0' },
  ]);
});

test("the lab's namespace has the bridges and their ports", () => {
  const { links, files, routes, sysctls } = shop().state.namespaces['shop']!;
  assert.deepEqual(Object.keys(links), [
    'lo',
    'lan',
    'servers',
    'guests',
    'uplink',
    'host',
    'laptop-eth0',
    'web-eth0',
    'router-eth0',
    'router-eth1',
    'router-uplink',
    'home-eth0',
    'guest-eth0',
  ]);
  assert.deepEqual(links['web-eth0'], {
    kind: 'veth',
    up: true,
    mtu: 1400,
    mac: links['web-eth0']!.mac,
    group: labLinkGroup('shop'),
    master: 'servers',
    peer: { namespace: 'shop.web', name: 'eth0' },
    addresses: [],
    addrGenMode: 'none',
    ipv6Off: true,
  });
  assert.deepEqual(links['router-uplink']!.port, { isolated: true });
  assert.deepEqual(links['lan']!.addresses, []);
  assert.deepEqual(links['guests']!.addresses, [{ address: '10.40.0.1/24', scope: 'global' }]);
  assert.deepEqual(links['guests']!.inet, { forwarding: true, rpFilter: 0, acceptRedirects: false });
  assert.deepEqual(routes, [{ type: 'unicast', destination: '0.0.0.0/0', gateway: '172.31.7.1', device: 'uplink' }]);
  assert.deepEqual([links['lan']!.ipv6Off, sysctls['net.ipv6.conf.default.disable_ipv6']], [true, '1']);
  assert.equal(sysctls['net.ipv4.conf.all.accept_redirects'], '0');
  assert.match(files['hosts']!, /^10\.40\.0\.2 guest guest\.shop$/m);
});

test('both ends of every cable name each other', () => {
  const { namespaces } = shop().state;
  for (const [namespace, { links }] of Object.entries(namespaces)) {
    for (const [name, { peer }] of Object.entries(links)) {
      if (peer !== undefined) assert.deepEqual(namespaces[peer.namespace]?.links[peer.name]?.peer, { namespace, name });
    }
  }
});

test('a router forwards, and has an uplink of its own', () => {
  const { links, routes, sysctls, tables } = shop().state.namespaces['shop.router']!;
  assert.deepEqual(Object.keys(links), ['lo', 'eth0', 'eth1', 'eth2', 'uplink']);
  assert.deepEqual(links['eth0']!.inet, { forwarding: true, rpFilter: 0, acceptRedirects: false });
  assert.deepEqual(links['uplink']!.addresses, [{ address: '172.31.7.5/28', scope: 'global' }]);
  assert.deepEqual(routes, [{ type: 'unicast', destination: '0.0.0.0/0', gateway: '172.31.7.1', device: 'uplink' }]);
  assert.deepEqual(sysctls, {
    'net.ipv4.ip_forward': '1',
    'net.ipv6.conf.all.forwarding': '1',
    'net.ipv4.conf.all.rp_filter': '0',
  });
  assert.deepEqual(tables['inet netwright']!.chains['postrouting']!.rules[0]!.statements, [
    { match: { left: 'oifname', op: '==', right: 'uplink' } },
    { masquerade: {} },
  ]);
});

test('the host gets one link and one table', () => {
  const host = shop().state.namespaces['']!;
  assert.deepEqual(Object.keys(host.links), ['nw-shop']);
  assert.deepEqual(host.links['nw-shop']!.peer, { namespace: 'shop', name: 'host' });
  assert.deepEqual(host.links['nw-shop']!.addresses, [{ address: '172.31.7.1/28', scope: 'global' }]);
  assert.deepEqual(host.sysctls, {
    'net.ipv4.ip_forward': '1',
    'net.ipv4.conf.nw-shop.accept_redirects': '0',
    'net.ipv4.conf.nw-shop.accept_source_route': '0',
    'net.ipv6.conf.nw-shop.accept_ra': '0',
    'net.ipv6.conf.nw-shop.autoconf': '0',
    'net.ipv6.conf.nw-shop.accept_redirects': '0',
  });
  assert.deepEqual(Object.keys(host.tables), ['inet netwright-shop']);
  assert.deepEqual(host.tables['inet netwright-shop']!.chains['postrouting']!.rules[0]!.statements, [
    { match: { left: 'ip saddr', op: '==', right: '172.31.7.0/28' } },
    { match: { left: 'oifname', op: '!=', right: 'nw-*' } },
    { masquerade: {} },
  ]);
  assert.equal(hostLinkName('shop'), 'nw-shop');
  assert.equal(hostTableName('shop'), 'netwright-shop');
  assert(hostLinkName('a'.repeat(32)).length <= 15);
});

test('a lab without internet leaves the host alone', () => {
  const topology = checkTopology({ nodes: { a: {} } }, 'lab');
  assert.equal(uplinkAddressCount(topology), 0);
  assert.deepEqual(Object.keys(compile(topology, { ipv6: true }).state.namespaces), ['lab', 'lab.a']);
});

test('an uplink must exist, be large enough and not overlap', () => {
  const topology = parseTopology(SHOP, 'shop.yaml');
  // The third node is the last with an uplink; the nodes before it reserve an address each.
  assert.equal(uplinkAddressCount(topology), 5);
  assert.deepEqual(subnetsOf(topology), [
    '10.20.0.0/24',
    'fd20::/64',
    '10.30.0.0/24',
    '10.40.0.0/24',
    '203.0.113.0/30',
  ]);
  assert.throws(() => compile(topology, { ipv6: true }), UsageError);
  assert.throws(() => compile(topology, { ipv6: true, uplink: { v4: parseNetwork('172.31.7.0/30') } }), UsageError);
  assert.throws(
    () => compile(topology, { ipv6: true, uplink: { v4: parseNetwork('10.40.0.0/16') } }),
    /shop\.yaml:8:22: the subnet 10\.40\.0\.0\/24 overlaps that of the uplink/,
  );
});

test('names longer than the kernel allows become alternative names', () => {
  const { state } = compiled({
    networks: { 'a-network-with-a-long-name': {} },
    nodes: { 'a-node-with-a-long-name': { networks: ['a-network-with-a-long-name'] } },
  });
  const links = state.namespaces['lab']!.links;
  for (const name of Object.keys(links)) assert(name.length <= 15, name);
  assert.deepEqual(
    Object.values(links).map(({ altNames }) => altNames),
    [undefined, ['a-network-with-a-long-name'], ['a-node-with-a-long-name-eth0']],
  );
});

test('labels that collide get different names', () => {
  const { state } = compiled({
    networks: { n: {}, 'web-eth0': {} },
    nodes: {
      web: { networks: ['n'] },
      'a-b': { networks: { n: { interface: 'c' } } },
      a: { networks: { n: { interface: 'b-c' } } },
    },
  });
  const names = Object.entries(state.namespaces['lab']!.links).flatMap(([name, { altNames = [] }]) => [
    name,
    ...altNames,
  ]);
  assert.equal(new Set(names).size, 6);
  assert.equal(names.length, 6);
});

test('a kernel without IPv6 gets no IPv6 settings', () => {
  const { state } = compiled({ networks: { s: null }, nodes: { a: { networks: ['s'], forward: true } } }, false);
  assert(!JSON.stringify(state.namespaces['lab.a']!.links).includes('addrGenMode'));
  assert.deepEqual(state.namespaces['lab.a']!.links['eth0']!.addresses, []);
  assert.deepEqual(state.namespaces['lab.a']!.sysctls, { 'net.ipv4.ip_forward': '1' });
  assert.deepEqual(state.namespaces['lab']!.sysctls, {
    'net.ipv4.ip_forward': '0',
    'net.ipv4.conf.all.accept_redirects': '0',
  });
});

test('a thousand nodes compile in less than half a second', () => {
  const nodes = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`n${i}`, { networks: ['lan'] }]));
  const topology = checkTopology(
    { networks: { lan: { subnet: ['10.0.0.0/16', 'fd00::/64'], gateway: 'n0' } }, nodes },
    'lab',
  );
  const start = process.cpuUsage();
  const { state } = compile(topology, { ipv6: true });
  // It takes a twentieth of the limit: the test catches time that grows with the square of the number of nodes.
  // CPU time, since other processes may delay this one.
  const { user, system } = process.cpuUsage(start);
  assert(user + system < 500_000);
  assert.equal(Object.keys(state.namespaces['lab']!.links).length, 1002);
});

test('compile checks a topology that was not checked before', () => {
  const checked = checkTopology({ nodes: { a: {} } }, 'lab');
  assert.deepEqual(compile({ ...checked, name: 'other' }, { ipv6: true }).lab, 'other');
  assert.throws(
    () => compile({ ...checked, links: [{ between: ['a', 'b'] }] }, { ipv6: true }),
    /there is no node "b"/,
  );
});

for (const file of readdirSync('examples').filter((name) => name.endsWith('.yaml'))) {
  test(`${file} compiles to the same state from its text and from its stored JSON`, () => {
    const read = parseTopology(readFileSync(`examples/${file}`, 'utf8'), file, { folder: '/x' });
    const stored = checkTopology(JSON.parse(JSON.stringify(read)), undefined, { folder: '/x' });
    const options = { ipv6: true, uplink: { v4: parseNetwork('198.18.0.0/22') } };
    assert.deepEqual(compile(stored, options), compile(read, options));
  });
}
