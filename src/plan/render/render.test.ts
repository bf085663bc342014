import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCidr, parseIp, parseMac, type Cidr, type Ip } from '../../addr/index.ts';
import { HOST, type LinkState, type RouteState, type RuleState } from '../../state/index.ts';
import type { Operation } from '../operation.ts';
import { changeOf, describe, render, type RenderOptions } from '../index.ts';

const SIGNS = { add: '+', remove: '-', change: '~' } as const;

/** What is rendered and said of an operation. */
function check(operation: Operation, said: string, commands: readonly string[], options?: RenderOptions): void {
  test(said, () => {
    assert.deepEqual(render(operation, options), commands);
    assert.equal(`${SIGNS[changeOf(operation)]} ${describe(operation)}`, said);
  });
}

const [web, lab] = ['shop.web', 'shop'];
const mac = parseMac('02:00:00:00:00:01');
const plain = { up: false, mtu: 1500, addresses: [] } as const;
const veth: LinkState = { kind: 'veth', up: false, mtu: 1500, mac, addresses: [] };
const queues = 'numtxqueues 1 numrxqueues 1';
const empty = { chains: {}, sets: {} };

check(
  { op: 'create-namespace', namespace: web, owner: { lab: 'shop', node: 'web' }, forwarding: false },
  '+ create node web (namespace shop.web)',
  [
    'ip netns add shop.web',
    "ip netns exec shop.web sysctl -qw net.ipv4.ip_forward=0 'net.ipv4.ping_group_range=0 2147483647'",
  ],
);
check(
  { op: 'create-namespace', namespace: lab, owner: { lab: 'shop' }, forwarding: true },
  '+ create the namespace of lab shop, for its switches, with IPv4 forwarding on',
  ['ip netns add shop', 'ip netns exec shop sysctl -qw net.ipv4.ip_forward=1'],
);
check({ op: 'delete-namespace', namespace: web }, '- delete node web', [
  'ip netns del shop.web',
  'rm -rf /etc/netns/shop.web',
]);

// --- links -----------------------------------------------------------------------------------------------------------

check(
  {
    op: 'create-link',
    namespace: lab,
    name: 'web-eth0',
    link: { ...veth, master: 'lan', up: true },
    peer: { namespace: web, name: 'eth0', link: { ...veth, mtu: 9000 } },
  },
  '+ cable web eth0 ↔ switch lan',
  [
    `ip -n shop link add name web-eth0 address ${mac} ${queues} type veth peer name eth0 address ${mac} mtu 9000 ${queues} netns shop.web`,
    'ip -n shop link set dev web-eth0 master lan up',
  ],
);
check(
  {
    op: 'create-link',
    namespace: web,
    name: 'eth0',
    link: veth,
    peer: { namespace: 'shop.db', name: 'eth1', link: veth },
    replaces: 'its kind is dummy, not veth',
  },
  '+ cable web eth0 ↔ db eth1, anew: its kind is dummy, not veth',
  [
    `ip -n shop.web link add name eth0 address ${mac} ${queues} type veth peer name eth1 address ${mac} ${queues} netns shop.db`,
  ],
);
check(
  {
    op: 'create-link',
    namespace: lab,
    name: 'host',
    link: { ...veth, master: 'uplink', up: true },
    peer: { namespace: HOST, name: 'nw-shop', link: veth },
  },
  '+ cable the host nw-shop ↔ switch uplink',
  [
    `ip link add name nw-shop address ${mac} ${queues} type veth peer name host address ${mac} ${queues} netns shop`,
    'ip -n shop link set dev host master uplink up',
  ],
);
check(
  { op: 'create-link', namespace: lab, name: 'lan', link: { kind: 'bridge', up: true, mtu: 1500, addresses: [] } },
  '+ create switch lan',
  [`ip -n shop link add name lan ${queues} type bridge`, 'ip -n shop link set dev lan up'],
);

const lower = { name: 'eth0' };
const kinds: readonly (readonly [LinkState, string])[] = [
  [
    { ...plain, kind: 'vlan', options: { id: 5, protocol: '802.1ad' }, lower },
    `link eth0 name x mtu 1500 ${queues} type vlan id 5 protocol 802.1ad`,
  ],
  [
    { ...plain, kind: 'macvlan', options: { mode: 'bridge' }, lower },
    `link eth0 name x mtu 1500 ${queues} type macvlan mode bridge`,
  ],
  [{ ...plain, kind: 'vrf', options: { table: 10 } }, `name x mtu 1500 ${queues} type vrf table 10`],
  [
    {
      ...plain,
      kind: 'vxlan',
      options: { id: 7, port: 4789, group: parseIp('ff02::1'), learning: false },
      lower,
    },
    `name x mtu 1500 ${queues} type vxlan dev eth0 id 7 dstport 4789 group ff02::1 nolearning`,
  ],
  [
    { ...plain, kind: 'bridge', options: { vlanFiltering: true, multicastSnooping: false, forwardDelay: 200 } },
    `name x ${queues} type bridge vlan_filtering 1 mcast_snooping 0 forward_delay 200`,
  ],
  [{ ...plain, kind: 'dummy' }, `name x ${queues} type dummy`],
];
for (const [link, words] of kinds) {
  check({ op: 'create-link', namespace: web, name: 'x', link }, `+ create ${link.kind} x of web`, [
    `ip -n shop.web link add ${words}`,
  ]);
}

check(
  { op: 'change-link', namespace: web, name: 'lo', kind: 'loopback', change: { up: true } },
  '~ bring lo of web up',
  ['ip -n shop.web link set dev lo up'],
);
check(
  {
    op: 'change-link',
    namespace: web,
    name: 'eth0.5',
    kind: 'veth',
    change: { up: true, addrGenMode: 'none', inet: { forwarding: true, rpFilter: 2 }, mtu: 1400, mac },
  },
  `~ set MTU 1400, MAC address ${mac}, IPv4 forwarding on, rp_filter 2, IPv6 address generation none and up for eth0.5 of web`,
  [
    'ip -n shop.web link set dev eth0.5 addrgenmode none',
    'ip netns exec shop.web sysctl -qw net.ipv4.conf.eth0/5.forwarding=1 net.ipv4.conf.eth0/5.rp_filter=2',
    `ip -n shop.web link set dev eth0.5 address ${mac} mtu 1400 up`,
  ],
);
check(
  {
    op: 'change-link',
    namespace: lab,
    name: 'x',
    kind: 'veth',
    masterKind: 'bridge',
    change: {
      master: 'lan',
      port: { isolated: true, broadcastFlood: false, cost: 5 },
      addAltNames: ['a long name', 'b'],
      deleteAltNames: ['c'],
    },
  },
  '~ set master lan, isolated true, broadcastFlood false, cost 5, no longer the name c and the name a long name and b for x of lab shop',
  [
    'ip -n shop link set dev x master lan',
    'ip -n shop link set dev x type bridge_slave isolated on bcast_flood off cost 5',
    'ip -n shop link property del dev x altname c',
    "ip -n shop link property add dev x altname 'a long name' altname b",
  ],
);
check(
  {
    op: 'change-link',
    namespace: web,
    name: 'b',
    kind: 'bridge',
    change: { up: false, master: '', options: { stpState: 1 } },
  },
  '~ set no master, stpState 1 and down for b of web',
  ['ip -n shop.web link set dev b type bridge stp_state 1', 'ip -n shop.web link set dev b nomaster down'],
);
check(
  {
    op: 'change-link',
    namespace: HOST,
    name: 'a=b',
    kind: 'veth',
    change: { inet: { forwarding: false, rpFilter: 0 } },
  },
  '~ set IPv4 forwarding off and rp_filter 0 for a=b on the host',
  [
    "printf '%s\\n' 0 | tee /proc/sys/net/ipv4/conf/a=b/forwarding > /dev/null",
    "printf '%s\\n' 0 | tee /proc/sys/net/ipv4/conf/a=b/rp_filter > /dev/null",
  ],
);
check(
  { op: 'delete-link', namespace: web, name: 'x' },
  '- delete link x of web',
  ['ip -n shop.web link del dev x || :'],
  { existing: true },
);
check({ op: 'delete-link', namespace: HOST, name: "it's" }, "- delete link it's on the host", [
  String.raw`ip link del dev 'it'\''s'`,
]);

// --- addresses, routes, rules, neighbours ------------------------------------------------------------------------------

const address = parseCidr('10.20.0.2/24');
check(
  { op: 'add-address', namespace: web, link: 'eth0', address: { address, scope: 'global' } },
  '+ give eth0 of web 10.20.0.2/24',
  ['ip -n shop.web addr add 10.20.0.2/24 brd + dev eth0'],
);
check(
  { op: 'add-address', namespace: web, link: 'eth0', address: { address: parseCidr('fe80::1/64'), scope: 'link' } },
  '+ give eth0 of web fe80::1/64',
  ['ip -n shop.web addr replace fe80::1/64 dev eth0 nodad'],
  { existing: true },
);
check(
  { op: 'add-address', namespace: web, link: 'lo', address: { address: parseCidr('127.0.0.2/8'), scope: 'host' } },
  '+ give lo of web 127.0.0.2/8',
  ['ip -n shop.web addr add 127.0.0.2/8 brd + dev lo'],
);
check(
  { op: 'add-address', namespace: web, link: 'eth0', address: { address, peer: parseIp('10.9.0.1'), scope: 'link' } },
  '+ give eth0 of web 10.20.0.2/24',
  ['ip -n shop.web addr add 10.20.0.2 peer 10.9.0.1/24 dev eth0 scope link'],
);
check(
  { op: 'delete-address', namespace: web, link: 'eth0', address: { address } },
  '- take 10.20.0.2/24 from eth0 of web',
  ['ip -n shop.web addr del 10.20.0.2/24 dev eth0'],
);

const via = (destination: string, gateway: string, more: Partial<RouteState> = {}): RouteState => ({
  type: 'unicast',
  destination: parseCidr(destination),
  gateway: parseIp(gateway),
  device: 'eth0',
  ...more,
});
check(
  { op: 'add-route', namespace: web, route: via('0.0.0.0/0', '10.20.0.1'), replace: false },
  '+ add a default route to web, via 10.20.0.1 on eth0',
  ['ip -n shop.web route add default via 10.20.0.1 dev eth0 proto static'],
);
check(
  { op: 'add-route', namespace: web, route: via('::/0', 'fe80::1'), replace: true },
  '~ replace the default route of web, via fe80::1 on eth0',
  ['ip -n shop.web -6 route replace default via fe80::1 dev eth0 proto static'],
);
check(
  {
    op: 'add-route',
    namespace: web,
    route: via('10.1.0.0/16', '10.20.0.1', {
      onlink: true,
      source: parseIp('10.20.0.2'),
      metric: 5,
      mtu: 1400,
      table: 1000,
    }),
    replace: false,
  },
  '+ add a route to 10.1.0.0/16 in table 1000 to web, via 10.20.0.1 on eth0',
  [
    'ip -n shop.web route add 10.1.0.0/16 via 10.20.0.1 dev eth0 onlink src 10.20.0.2 metric 5 table 1000 mtu 1400 proto static',
  ],
);
check(
  {
    op: 'add-route',
    namespace: web,
    route: {
      type: 'unicast',
      destination: parseCidr('10.1.0.0/16'),
      nexthops: [
        { gateway: parseIp('10.20.0.1'), device: 'eth0', weight: 2 },
        { device: 'eth1', weight: 1 },
      ],
    },
    replace: false,
  },
  '+ add a route to 10.1.0.0/16 to web, via 10.20.0.1 on eth0 and on eth1',
  [
    'ip -n shop.web route add 10.1.0.0/16 proto static nexthop via 10.20.0.1 dev eth0 weight 2 nexthop dev eth1 weight 1',
  ],
);
check(
  {
    op: 'delete-route',
    namespace: web,
    route: { type: 'blackhole', destination: parseCidr('192.0.2.0/24'), metric: 7 },
  },
  '- delete the route to 192.0.2.0/24 of web, blackhole',
  ['ip -n shop.web route del blackhole 192.0.2.0/24 metric 7'],
);

const rule: RuleState = { family: 4, priority: 100, action: 'table', table: 10 };
check(
  {
    op: 'add-rule',
    namespace: web,
    rule: {
      ...rule,
      from: parseCidr('10.0.0.0/8'),
      to: parseCidr('10.1.0.0/16'),
      iif: 'eth0',
      oif: 'eth1',
      mark: { value: 1, mask: 255 },
    },
  },
  '+ add rule 100 to web: IPv4 from 10.0.0.0/8 to 10.1.0.0/16 in by eth0 out by eth1 marked 1/255 → table 10',
  [
    'ip -n shop.web rule add priority 100 from 10.0.0.0/8 to 10.1.0.0/16 iif eth0 oif eth1 fwmark 0x1/0xff table 10 protocol static',
  ],
);
check(
  { op: 'add-rule', namespace: web, rule: { family: 6, priority: 5, action: 'goto', goto: 100 } },
  '+ add rule 5 to web: IPv6 packets → rule 100',
  ['ip -n shop.web -6 rule add priority 5 from all goto 100 protocol static'],
);
check(
  { op: 'delete-rule', namespace: web, rule: { family: 4, priority: 9, action: 'prohibit' } },
  '- delete rule 9 of web: IPv4 packets → prohibit',
  ['ip -n shop.web rule del priority 9 from all prohibit'],
);

const neighbour = { device: 'eth0', address: parseIp('10.20.0.9'), mac };
check({ op: 'add-neighbour', namespace: web, neighbour }, `+ tell web that 10.20.0.9 is ${mac} on eth0`, [
  `ip -n shop.web neigh replace 10.20.0.9 lladdr ${mac} dev eth0 nud permanent`,
]);
check({ op: 'delete-neighbour', namespace: web, neighbour }, '- make web forget neighbour 10.20.0.9 on eth0', [
  'ip -n shop.web neigh del 10.20.0.9 dev eth0',
]);

// --- settings, tables, files -------------------------------------------------------------------------------------------

check(
  { op: 'set-sysctl', namespace: HOST, key: 'net.ipv4.ip_forward', value: '1' },
  '~ set net.ipv4.ip_forward on the host to 1',
  ['sysctl -qw net.ipv4.ip_forward=1'],
);
check(
  { op: 'set-sysctl', namespace: web, key: 'net.ipv4.ip_local_port_range', value: '20000 30000' },
  '~ set net.ipv4.ip_local_port_range of web to 20000 30000',
  ["ip netns exec shop.web sysctl -qw 'net.ipv4.ip_local_port_range=20000 30000'"],
);
check(
  { op: 'add-table', namespace: web, table: { family: 'inet', name: 'x', ...empty }, replace: false },
  '+ add table inet x of web',
  ["ip netns exec shop.web nft -f - <<'EOF'\ntable inet x {\n}\nEOF"],
);
check(
  { op: 'add-table', namespace: HOST, table: { family: 'inet', name: 'x', ...empty }, replace: true },
  '~ replace table inet x on the host',
  ["nft -f - <<'EOF'\ntable inet x\ndelete table inet x\ntable inet x {\n}\nEOF"],
);
check(
  { op: 'delete-table', namespace: HOST, table: { family: 'ip', name: 'x; flush ruleset' } },
  '- delete table ip x; flush ruleset on the host',
  [`nft delete table ip '?"x; flush ruleset"'`],
);
check(
  { op: 'set-files', namespaces: [web], files: { hosts: '127.0.0.1 localhost\nEOF\n', 'resolv.conf': '' } },
  '~ write /etc/hosts and /etc/resolv.conf of web',
  [
    'mkdir -p /etc/netns/shop.web',
    "cat > /etc/netns/shop.web/hosts <<'EOF2'\n127.0.0.1 localhost\nEOF\nEOF2",
    "printf %s '' > /etc/netns/shop.web/resolv.conf",
  ],
);
check(
  { op: 'set-files', namespaces: [web, 'shop.db'], files: { hosts: 'a\n' } },
  '~ write /etc/hosts of web and db',
  [
    [
      'for namespace in shop.web shop.db; do',
      'rm -rf "/etc/netns/$namespace"',
      'mkdir -p "/etc/netns/$namespace"',
      `cat > "/etc/netns/$namespace"/hosts <<'EOF'`,
      'a',
      'EOF',
      'done',
    ].join('\n'),
  ],
  { existing: true },
);
check({ op: 'set-files', namespaces: [web], files: {} }, '- remove the files of web', ['rm -rf /etc/netns/shop.web']);

test('what is said of many nodes, and of names that a terminal would take for orders, stays short and plain', () => {
  const namespaces = Array.from({ length: 9 }, (_, i) => `shop.n${i}`);
  assert.equal(describe({ op: 'set-files', namespaces, files: { hosts: '' } }), 'write /etc/hosts of 9 nodes');
  assert.equal(
    describe({ op: 'delete-link', namespace: web, name: 'a\u001b[2J' }),
    String.raw`delete link a\x1b[2J of web`,
  );
});

test('no part of an operation becomes a command of its own', () => {
  const evil = '$(pwn)`pwn`\';pwn;"';
  const operations: Operation[] = [
    { op: 'create-namespace', namespace: evil, owner: { lab: evil }, forwarding: false },
    { op: 'create-link', namespace: evil, name: evil, link: { ...veth, altNames: [evil], master: evil } },
    {
      op: 'create-link',
      namespace: evil,
      name: evil,
      link: { ...plain, kind: 'vxlan', options: { id: 1, remote: evil as Ip }, lower: { name: evil, namespace: evil } },
    },
    {
      op: 'change-link',
      namespace: evil,
      name: evil,
      kind: 'vxlan',
      masterKind: 'bridge',
      change: { master: evil, options: { remote: evil }, port: { cost: evil } },
    },
    { op: 'add-address', namespace: evil, link: evil, address: { address: evil as Cidr } },
    { op: 'set-sysctl', namespace: evil, key: evil, value: evil },
    { op: 'delete-table', namespace: evil, table: { family: 'ip', name: evil } },
    { op: 'set-files', namespaces: [evil, evil], files: { [evil]: evil } },
  ];
  for (const operation of operations) {
    for (const text of render(operation)) {
      // Wherever quotes of ours do not hold it, there is none of it left.
      const rest = text.replaceAll(/'(?:[^']|'\\'')*'/g, '');
      assert.ok(!rest.includes('pwn'), text);
    }
  }
});
