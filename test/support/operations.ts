import { parseCidr, parseIp, parseMac } from '../../src/addr/index.ts';
import type { Operation, RenderOptions } from '../../src/plan/index.ts';
import {
  HOST,
  type AddressState,
  type LinkState,
  type RouteState,
  type RuleState,
  type SetState,
} from '../../src/state/index.ts';

/** An operation, what is said of it, and the commands that do the same. */
export interface OperationExample {
  readonly operation: Operation;
  /** The line of `plan`: a sign and words. */
  readonly said: string;
  readonly commands: readonly string[];
  readonly options: RenderOptions;
  /** What is done before, in an empty lab, so that it can be carried out. */
  readonly given: readonly Operation[];
  /** The code of the error that carrying it out ends with, where it cannot be done yet. */
  readonly refused: string | undefined;
}

const examples: OperationExample[] = [];

/** Every operation of a plan: what is said of it, what it is as commands, and what must be there for it. */
export const operationExamples: readonly OperationExample[] = examples;

interface More {
  readonly options?: RenderOptions;
  readonly given?: readonly Operation[];
  readonly refused?: string;
}

function example(
  operation: Operation,
  said: string,
  commands: readonly string[],
  { options = {}, given = [], refused }: More = {},
): void {
  const text = JSON.stringify([operation, given]);
  // A lab's own namespace gives the host a number before it has a cable to it.
  const needed = [lab, web, db].filter((name) => text.includes(`"${name}"`) || (name === lab && text.includes('""')));
  const namespaces = operation.op === 'create-namespace' ? [] : needed.map(create);
  examples.push({ operation, said, commands, options, given: [...namespaces, ...given], refused });
}

const [lab, web, db] = ['shop', 'shop.web', 'shop.db'] as const;

function create(namespace: string): Operation {
  const [, node] = namespace.split('.');
  const owner = node === undefined ? { lab } : { lab, node };
  return { op: 'create-namespace', namespace, owner, forwarding: false };
}

/** An interface that is up and has addresses, and the other end of its cable. */
const cable = (namespace: string, name: string, ...addresses: string[]): Operation[] => [
  {
    op: 'create-link',
    namespace,
    name,
    link: veth,
    peer: { namespace: db, name: `${name}.db`, link: { ...veth, mac: parseMac('02:00:00:00:00:02') } },
  },
  // The kernel would make IPv6 addresses by itself, later.
  { op: 'change-link', namespace, name, kind: 'veth', change: { addrGenMode: 'none', up: true } },
  { op: 'change-link', namespace: db, name: `${name}.db`, kind: 'veth', change: { addrGenMode: 'none', up: true } },
  ...addresses.map((text): Operation => {
    const address: AddressState = { address: parseCidr(text), scope: text.startsWith('fe80') ? 'link' : 'global' };
    return { op: 'add-address', namespace, link: name, address };
  }),
];

const bridge = (namespace: string, name: string): Operation => ({
  op: 'create-link',
  namespace,
  name,
  link: { kind: 'bridge', up: false, mtu: 1500, mac, addresses: [] },
});

const mac = parseMac('02:00:00:00:00:01');
const plain = { up: false, mtu: 1500, addresses: [] } as const;
const veth: LinkState = { kind: 'veth', up: false, mtu: 1500, mac, addresses: [] };
const queues = 'numtxqueues 1 numrxqueues 1';
const empty = { chains: {}, sets: {} };
const ports: SetState = { key: ['inet_service'], flags: [], elements: [] };
example(
  { op: 'create-namespace', namespace: web, owner: { lab: 'shop', node: 'web' }, forwarding: false },
  '+ create node web (namespace shop.web)',
  [
    'ip netns add shop.web',
    "ip netns exec shop.web sysctl -qw net.ipv4.ip_forward=0 'net.ipv4.ping_group_range=0 2147483647'",
  ],
);
example(
  { op: 'create-namespace', namespace: lab, owner: { lab: 'shop' }, forwarding: true },
  '+ create the namespace of lab shop, for its switches, with IPv4 forwarding on',
  ['ip netns add shop', 'ip netns exec shop sysctl -qw net.ipv4.ip_forward=1'],
);
example({ op: 'delete-namespace', namespace: web }, '- delete node web', [
  'ip netns del shop.web',
  'rm -rf /etc/netns/shop.web',
]);

// --- links -----------------------------------------------------------------------------------------------------------
example(
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
  { given: [bridge(lab, 'lan')] },
);
example(
  {
    op: 'create-link',
    namespace: web,
    name: 'eth0',
    link: veth,
    peer: { namespace: db, name: 'eth1', link: veth },
    replaces: 'its kind is dummy, not veth',
  },
  '+ cable web eth0 ↔ db eth1, replacing the old one: its kind is dummy, not veth',
  [
    `ip -n shop.web link add name eth0 address ${mac} ${queues} type veth peer name eth1 address ${mac} ${queues} netns shop.db`,
  ],
);
example(
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
  { given: [bridge(lab, 'uplink')] },
);
example(
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
  example(
    { op: 'create-link', namespace: web, name: 'x', link },
    `+ create ${link.kind} x of web`,
    [`ip -n shop.web link add ${words}`],
    { given: link.lower === undefined ? [] : cable(web, 'eth0') },
  );
}
example(
  { op: 'change-link', namespace: web, name: 'lo', kind: 'loopback', change: { up: true } },
  '~ bring lo of web up',
  ['ip -n shop.web link set dev lo up'],
);
example(
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
  { given: cable(web, 'eth0.5') },
);
example(
  {
    op: 'change-link',
    namespace: lab,
    name: 'x',
    kind: 'veth',
    masterKind: 'bridge',
    change: {
      master: 'lan',
      port: { isolated: true, broadcastFlood: false, cost: 5 },
      addAltNames: ["it's-long", 'b'],
      deleteAltNames: ['c'],
    },
  },
  "~ set master lan, isolated true, broadcastFlood false, cost 5, no altname c and altname it's-long and b for x of lab shop",
  [
    'ip -n shop link set dev x master lan',
    'ip -n shop link set dev x type bridge_slave isolated on bcast_flood off cost 5',
    'ip -n shop link property del dev x altname c',
    String.raw`ip -n shop link property add dev x altname 'it'\''s-long' altname b`,
  ],
  {
    given: [
      bridge(lab, 'lan'),
      ...cable(lab, 'x'),
      { op: 'change-link', namespace: lab, name: 'x', kind: 'dummy', change: { addAltNames: ['c'] } },
    ],
  },
);
example(
  {
    op: 'change-link',
    namespace: web,
    name: 'b',
    kind: 'bridge',
    change: { up: false, master: '', options: { stpState: 1 } },
  },
  '~ set no master, stpState 1 and down for b of web',
  ['ip -n shop.web link set dev b type bridge stp_state 1', 'ip -n shop.web link set dev b nomaster down'],
  { given: [bridge(web, 'b'), { op: 'change-link', namespace: web, name: 'b', kind: 'bridge', change: { up: true } }] },
);
example(
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
  {
    given: [
      ...cable(HOST, 'a=b'),
      {
        op: 'change-link',
        namespace: HOST,
        name: 'a=b',
        kind: 'veth',
        change: { inet: { forwarding: true, rpFilter: 1 } },
      },
    ],
  },
);
example(
  { op: 'delete-link', namespace: web, name: 'x' },
  '- delete link x of web',
  ['ip -n shop.web link del dev x || :'],
  { options: { existing: true }, given: cable(web, 'x') },
);
example(
  { op: 'delete-link', namespace: HOST, name: "it's" },
  "- delete link it's on the host",
  [String.raw`ip link del dev 'it'\''s'`],
  { given: cable(HOST, "it's") },
);

// --- addresses, routes, rules, neighbours ------------------------------------------------------------------------------

const address = parseCidr('10.20.0.2/24');
example(
  { op: 'add-address', namespace: web, link: 'eth0', address: { address, scope: 'global' } },
  '+ add address 10.20.0.2/24 to eth0 of web',
  ['ip -n shop.web addr add 10.20.0.2/24 brd + dev eth0'],
  { given: cable(web, 'eth0') },
);
example(
  { op: 'add-address', namespace: web, link: 'eth0', address: { address: parseCidr('fe80::1/64'), scope: 'link' } },
  '+ add address fe80::1/64 to eth0 of web',
  ['ip -n shop.web addr replace fe80::1/64 dev eth0 nodad'],
  { options: { existing: true }, given: cable(web, 'eth0') },
);
example(
  { op: 'add-address', namespace: web, link: 'lo', address: { address: parseCidr('127.0.0.2/8'), scope: 'host' } },
  '+ add address 127.0.0.2/8 to lo of web',
  ['ip -n shop.web addr add 127.0.0.2/8 brd + dev lo'],
);
example(
  { op: 'add-address', namespace: web, link: 'eth0', address: { address, peer: parseIp('10.9.0.1'), scope: 'link' } },
  '+ add address 10.20.0.2/24 to eth0 of web',
  ['ip -n shop.web addr add 10.20.0.2 peer 10.9.0.1/24 dev eth0 scope link'],
  { given: cable(web, 'eth0') },
);
example(
  { op: 'delete-address', namespace: web, link: 'eth0', address: { address } },
  '- delete address 10.20.0.2/24 from eth0 of web',
  ['ip -n shop.web addr del 10.20.0.2/24 dev eth0'],
  { given: cable(web, 'eth0', '10.20.0.2/24', 'fe80::2/64') },
);

const blackhole: RouteState = { type: 'blackhole', destination: parseCidr('192.0.2.0/24'), metric: 7 };
const via = (destination: string, gateway: string, more: Partial<RouteState> = {}): RouteState => ({
  type: 'unicast',
  destination: parseCidr(destination),
  gateway: parseIp(gateway),
  device: 'eth0',
  ...more,
});
example(
  { op: 'add-route', namespace: web, route: via('0.0.0.0/0', '10.20.0.1'), replace: false },
  '+ add a default route to web, via 10.20.0.1 on eth0',
  ['ip -n shop.web route add default via 10.20.0.1 dev eth0 proto static'],
  { given: cable(web, 'eth0', '10.20.0.2/24', 'fe80::2/64') },
);
example(
  { op: 'add-route', namespace: web, route: via('::/0', 'fe80::1'), replace: true },
  '~ replace the default route of web, via fe80::1 on eth0',
  ['ip -n shop.web -6 route replace default via fe80::1 dev eth0 proto static'],
  { given: cable(web, 'eth0', '10.20.0.2/24', 'fe80::2/64') },
);
example(
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
  { given: cable(web, 'eth0', '10.20.0.2/24', 'fe80::2/64') },
);
example(
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
  { given: [...cable(web, 'eth0', '10.20.0.2/24', 'fe80::2/64'), ...cable(web, 'eth1')] },
);
example(
  {
    op: 'delete-route',
    namespace: web,
    route: blackhole,
  },
  '- delete the route to 192.0.2.0/24 of web, blackhole',
  ['ip -n shop.web route del blackhole 192.0.2.0/24 metric 7'],
  { given: [{ op: 'add-route', namespace: web, route: blackhole, replace: false }] },
);

const prohibit: RuleState = { family: 4, priority: 9, action: 'prohibit' };
const rule: RuleState = { family: 4, priority: 100, action: 'table', table: 10 };
example(
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
  '+ add rule 100 to web: IPv4 from 10.0.0.0/8 to 10.1.0.0/16 iif eth0 oif eth1 fwmark 1/255 → table 10',
  [
    'ip -n shop.web rule add priority 100 from 10.0.0.0/8 to 10.1.0.0/16 iif eth0 oif eth1 fwmark 0x1/0xff table 10 protocol static',
  ],
);
example(
  { op: 'add-rule', namespace: web, rule: { family: 6, priority: 5, action: 'goto', goto: 100 } },
  '+ add rule 5 to web: IPv6 packets → rule 100',
  ['ip -n shop.web -6 rule add priority 5 from all goto 100 protocol static'],
);
example(
  { op: 'delete-rule', namespace: web, rule: prohibit },
  '- delete rule 9 of web: IPv4 packets → prohibit',
  ['ip -n shop.web rule del priority 9 from all prohibit'],
  { given: [{ op: 'add-rule', namespace: web, rule: prohibit }] },
);

const neighbour = { device: 'eth0', address: parseIp('10.20.0.9'), mac };
example(
  { op: 'add-neighbour', namespace: web, neighbour },
  `+ add neighbour 10.20.0.9 with MAC address ${mac} to eth0 of web`,
  [`ip -n shop.web neigh replace 10.20.0.9 lladdr ${mac} dev eth0 nud permanent`],
  { given: cable(web, 'eth0', '10.20.0.2/24', 'fe80::2/64') },
);
example(
  { op: 'delete-neighbour', namespace: web, neighbour },
  '- delete neighbour 10.20.0.9 from eth0 of web',
  ['ip -n shop.web neigh del 10.20.0.9 dev eth0'],
  { given: [...cable(web, 'eth0', '10.20.0.2/24', 'fe80::2/64'), { op: 'add-neighbour', namespace: web, neighbour }] },
);

// --- settings, tables, files -------------------------------------------------------------------------------------------
example(
  { op: 'set-sysctl', namespace: HOST, key: 'net.ipv4.ip_forward', value: '1' },
  '~ set net.ipv4.ip_forward on the host to 1',
  ['sysctl -qw net.ipv4.ip_forward=1'],
);
example(
  { op: 'set-sysctl', namespace: web, key: 'net.ipv4.ip_local_port_range', value: '20000 30000' },
  '~ set net.ipv4.ip_local_port_range of web to 20000 30000',
  ["ip netns exec shop.web sysctl -qw 'net.ipv4.ip_local_port_range=20000 30000'"],
);
example(
  { op: 'add-table', namespace: web, table: { family: 'inet', name: 'x', ...empty }, replace: false },
  '+ add table inet x of web',
  ["ip netns exec shop.web nft -f - <<'EOF'\ntable inet x {\n}\nEOF"],
);
example(
  { op: 'add-table', namespace: HOST, table: { family: 'inet', name: 'x', ...empty }, replace: true },
  '~ replace table inet x on the host',
  ["nft -f - <<'EOF'\ntable inet x\ndelete table inet x\ntable inet x {\n}\nEOF"],
);
example(
  { op: 'delete-table', namespace: web, table: { family: 'ip', name: 'x' } },
  '- delete table ip x of web',
  ['ip netns exec shop.web nft delete table ip x'],
  {
    given: [{ op: 'add-table', namespace: web, table: { family: 'ip', name: 'x', ...empty }, replace: false }],
  },
);
example(
  {
    op: 'change-elements',
    namespace: web,
    table: { family: 'inet', name: 'x' },
    name: 'ports',
    set: ports,
    remove: [{ key: [80] }],
    add: [{ key: [443] }],
  },
  '~ delete element 80 and add element 443: set ports of table inet x of web',
  [
    "ip netns exec shop.web nft -f - <<'EOF'\ndelete element inet x ports { 80 }\nadd element inet x ports { 443 }\nEOF",
  ],
  {
    given: [
      {
        op: 'add-table',
        namespace: web,
        table: { family: 'inet', name: 'x', chains: {}, sets: { ports: { ...ports, elements: [{ key: [80] }] } } },
        replace: false,
      },
    ],
  },
);
example(
  { op: 'set-files', namespaces: [web], files: { hosts: '127.0.0.1 localhost\nEOF\n', 'resolv.conf': '' } },
  '~ write /etc/hosts and /etc/resolv.conf of web',
  [
    'mkdir -p /etc/netns/shop.web',
    "cat > /etc/netns/shop.web/hosts <<'EOF2'\n127.0.0.1 localhost\nEOF\nEOF2",
    "printf %s '' > /etc/netns/shop.web/resolv.conf",
  ],
);
example(
  { op: 'set-files', namespaces: [web, db], files: { hosts: 'a\n' } },
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
  { options: { existing: true }, given: [{ op: 'set-files', namespaces: [web], files: { hosts: 'b\n', x: '' } }] },
);
example(
  { op: 'set-files', namespaces: [web], files: {} },
  '- remove the /etc/netns files of web',
  ['rm -rf /etc/netns/shop.web'],
  { given: [{ op: 'set-files', namespaces: [web], files: { hosts: 'a\n' } }] },
);
