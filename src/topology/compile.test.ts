import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseNetwork } from '../addr/index.ts';
import { UsageError } from '../base/error.ts';
import { labGroup } from '../state/index.ts';
import {
  checkTopology,
  compile,
  hostLinkName,
  hostTableName,
  parseTopology,
  subnetsOf,
  uplinkHosts,
  type TopologyInput,
} from './index.ts';
import { topologyJsonSchema } from './json-schema.ts';

/** The documented example, without what is not supported yet. */
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
const made = (input: TopologyInput, ipv6 = true) => compile(checkTopology(input, 'lab'), { ipv6 });

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
    group: labGroup('shop'),
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
    group: labGroup('shop'),
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
  assert.equal(uplinkHosts(topology), 0);
  assert.deepEqual(Object.keys(compile(topology, { ipv6: true }).state.namespaces), ['lab', 'lab.a']);
});

test('an uplink must be there, be large enough and not overlap', () => {
  const topology = parseTopology(SHOP, 'shop.yaml');
  // Its third node is the last with an uplink; the others keep their place.
  assert.equal(uplinkHosts(topology), 5);
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

test('an IPv6 uplink gives IPv6 routes and rules', () => {
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

test('expectations carry what to try', () => {
  const { expectations } = shop();
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
  const { expectations: others } = made({
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

test('names longer than the kernel allows become alternative names', () => {
  const { state } = made({
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

test('labels that collide keep apart', () => {
  const { state } = made({
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

test('a kernel without IPv6 gets nothing of it', () => {
  const { state } = made({ networks: { s: null }, nodes: { a: { networks: ['s'], forward: true } } }, false);
  assert(!JSON.stringify(state.namespaces['lab.a']!.links).includes('addrGenMode'));
  assert.deepEqual(state.namespaces['lab.a']!.links['eth0']!.addresses, []);
  assert.deepEqual(state.namespaces['lab.a']!.sysctls, { 'net.ipv4.ip_forward': '1' });
  assert.deepEqual(state.namespaces['lab']!.sysctls, {
    'net.ipv4.ip_forward': '0',
    'net.ipv4.conf.all.accept_redirects': '0',
  });
});

test('a bare switch has link-local addresses, an IPv4 network has none', () => {
  const { state } = made({
    networks: { s: null, v4: { subnet: '10.0.0.0/24' } },
    nodes: { a: { networks: ['s', 'v4'] } },
  });
  const { eth0, eth1 } = state.namespaces['lab.a']!.links;
  assert.match(eth0!.addresses[0]!.address, /^fe80::/);
  assert.deepEqual(eth1!.addresses, [{ address: '10.0.0.1/24', scope: 'global' }]);
});

test('interfaces are numbered in order, named ones counted', () => {
  const { nodes } = made({
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

test("the first network with a gateway is the way out, and a user's default replaces it", () => {
  const networks = {
    one: { subnet: '10.1.0.0/24', gateway: 'r1' },
    two: { subnet: ['10.2.0.0/24', 'fd02::/64'], gateway: 'r2' },
  };
  const { state } = made({
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
  // Multicast and broadcasts take the first interface where there is no default route.
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

test("the user's sysctls win, and what they break is said", () => {
  const topology = parseTopology(
    'networks: { x: , y: }\nnodes:\n  a:\n    networks: [x, y]\n    forward: true\n    sysctls:\n      net.ipv4.ip_forward: 0\n      net.ipv4.conf.eth1.rp_filter: "1"',
    'lab.yaml',
  );
  const { state, warnings } = compile(topology, { ipv6: true });
  const { sysctls, links } = state.namespaces['lab.a']!;
  assert.equal(sysctls['net.ipv4.ip_forward'], '0');
  assert.deepEqual(links['eth0']!.inet, { forwarding: false, rpFilter: 0 });
  assert.deepEqual(links['eth1']!.inet, { forwarding: false, rpFilter: 1 });
  assert.equal(warnings.length, 2);
  assert.match(warnings[0]!, /^lab\.yaml:7:28: .*takes back/);
  assert.match(warnings[1]!, /^lab\.yaml:8:37: strict source validation/);
});

test('a gateway that does not forward is warned about', () => {
  const { warnings } = made({
    networks: { n: { subnet: '10.0.0.0/24', gateway: 'r' } },
    nodes: { r: { networks: ['n'] } },
  });
  assert.deepEqual(warnings, ['networks.n.gateway: the gateway "r" does not forward packets: give it "forward: true"']);
});

test('a thousand nodes compile in a moment', () => {
  const nodes = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`n${i}`, { networks: ['lan'] }]));
  const topology = checkTopology(
    { networks: { lan: { subnet: ['10.0.0.0/16', 'fd00::/64'], gateway: 'n0' } }, nodes },
    'lab',
  );
  const start = process.cpuUsage();
  const { state } = compile(topology, { ipv6: true });
  // It takes a twentieth of that: what is caught is time that grows with the square of the nodes.
  // On processors: others may keep it waiting.
  const { user, system } = process.cpuUsage(start);
  assert(user + system < 500_000);
  assert.equal(Object.keys(state.namespaces['lab']!.links).length, 1002);
});

test('a topology that was not checked is checked', () => {
  const checked = checkTopology({ nodes: { a: {} } }, 'lab');
  assert.deepEqual(compile({ ...checked, name: 'other' }, { ipv6: true }).lab, 'other');
  assert.throws(
    () => compile({ ...checked, links: [{ between: ['a', 'b'] }] }, { ipv6: true }),
    /there is no node "b"/,
  );
});

/** How many rules each chain of the host and of the lab has, where there are so many of everything. */
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
      Object.entries(chains).map(([chain, { rules: of }]) => [chain, of.length]),
    ),
  );
}

test('no chain on the way out grows with networks, destinations, nodes or ports', () => {
  assert.deepEqual(rulesOf(200), rulesOf(2));
});

test('the JSON Schema knows the keys', () => {
  const schema = topologyJsonSchema() as { properties: Record<string, unknown>; additionalProperties: boolean };
  assert.deepEqual(Object.keys(schema.properties), ['name', 'networks', 'nodes', 'links', 'hosts', 'expect']);
  assert.equal(schema.additionalProperties, false);
});

test('a flowtable is over all interfaces; of a NAT, TCP alone goes by it', () => {
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
  const of = (node: string) => flow(node)!.chains['forward']!.rules[0]!.statements;
  assert.deepEqual(of('plain').at(-1), { flowAdd: 'flows' });
  assert.deepEqual(of('plain')[0], { match: { left: 'meta l4proto', op: '==', right: { anyOf: ['tcp', 'udp'] } } });
  assert.deepEqual(of('home')[0], { match: { left: 'meta l4proto', op: '==', right: 'tcp' } });
  assert.equal(flow('router'), undefined);
  assert.equal(flow('lone'), undefined);
  assert.equal(namespaces['lab.router']!.sysctls['net.ipv4.ip_forward'], '1');
});

for (const file of readdirSync('examples').filter((name) => name.endsWith('.yaml'))) {
  test(`${file} compiles to the same from its text and from what is kept of it`, () => {
    const read = parseTopology(readFileSync(`examples/${file}`, 'utf8'), file, { folder: '/x' });
    const kept = checkTopology(JSON.parse(JSON.stringify(read)), undefined, { folder: '/x' });
    const options = { ipv6: true, uplink: { v4: parseNetwork('198.18.0.0/22') } };
    assert.deepEqual(compile(kept, options), compile(read, options));
  });
}

test('the ends of a cable have all addresses of networks that are no larger', () => {
  const { state } = made({
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
