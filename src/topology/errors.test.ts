import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sourceOf } from './checked.ts';
import { checkTopology, compile, parseTopology, TopologyError } from './index.ts';

function errorOf(run: () => unknown): TopologyError {
  try {
    run();
  } catch (error) {
    assert(error instanceof TopologyError, String(error));
    return error;
  }
  return assert.fail('no error');
}

const messageOf = (text: string): string =>
  errorOf(() => parseTopology(text, 'labs/shop.yaml')).message.replaceAll('labs/shop.yaml:', '');

const NET = 'networks: { lan: { subnet: 10.0.0.0/29 } }';

/** A NAT between two networks. */
const NAT = (nat: string): string =>
  `${NET.replace('} }', ', gateway: a }, out: { subnet: 192.0.2.0/28, gateway: b } }').replace('/29 ,', '/29,')}
nodes:
  b: { networks: { out: 192.0.2.2 } }
  a: { networks: [lan, out], nat: ${nat} }`;

for (const [subnet, range] of [
  ['0.0.0.0/24', /0\.0\.0\.0\/8 is "this network"/],
  ['0.0.0.0/0', /0\.0\.0\.0\/8 is/],
  ['127.5.0.0/16', /127\.0\.0\.0\/8 is the loopback/],
  ['127.0.0.0/8', /127\.0\.0\.0\/8/],
  ['224.0.0.0/24', /224\.0\.0\.0\/4 is multicast/],
  ['fe80::/64', /fe80::\/10 is link-local/],
  ['ff02::/64', /ff00::\/8 is multicast/],
  ['::/64', /::\/128 is no address/],
  ['::ffff:192.0.2.0/120', /::ffff:0\.0\.0\.0\/96 is IPv4/],
] as const)
  test(`nobody can be on ${subnet}`, () => {
    const of = (key: string) => messageOf(`networks:\n  lan: { subnet: 10.0.0.0/24 }\n${key}`);
    const subnets = [
      messageOf(`networks:\n  lan: { subnet: "${subnet}" }`),
      of(`nodes: { a: , b: }\nlinks:\n  - { between: [a, b], subnet: ["${subnet}"] }`),
    ];
    assert.match(subnets[0]!, /^2:18: no host can have an address of /);
    assert.match(subnets[1]!, /^5:33: no host can have an address of /);
    for (const message of subnets) assert.match(message, range);
    // The same as the address of a host: with the last byte of each.
    const address = subnet.replace(/(::|\.0)\/\d+$/, (end) => (end.startsWith('::') ? '::/128' : '.5/30'));
    const addresses = [
      messageOf(`networks: { bare: }\nnodes:\n  a: { networks: { bare: "${address}" } }`),
      messageOf(`nodes: { a: , b: }\nlinks:\n  - between: [a, b]\n    addresses: { b: ["${address}"] }`),
    ];
    assert.match(addresses[0]!, /^3:26: no host can have the address /);
    assert.match(addresses[1]!, /^4:22: no host can have the address /);
    for (const message of addresses) assert.match(message, range);
  });

test('what the kernel can do is not refused', () => {
  const text = `
networks: { a: { subnet: 240.1.0.0/24 }, b: { subnet: 255.255.255.0/24 }, c: { subnet: "fec0::/64" }, bare: }
nodes:
  x: { networks: { a: , b: , c: , bare: 169.254.1.1/16 }, routes: [ 239.0.0.0/8 dev eth0, blackhole 127.9.0.0/16,
    0.0.0.0/1 via 240.1.0.9, "fe80::/64 dev eth2", 224.0.0.0/8 via 240.1.0.9, "::/1 via fec0::9" ] }`;
  parseTopology(text, 'lab.yaml');
});

/** What is wrong, the file, and the whole message without the file's name. */
for (const [what, text, message] of [
  ['bad YAML', 'nodes:\n  a: [1\nb: 2', /^3:1: /],
  ['a tag', 'nodes: !js x', /^1:8: /],
  ['an empty file', '# nothing', ' the file is empty'],
  ['not a map', '- a', '1:1: expected a map, not a list'],
  ['a duplicate key', 'nodes:\n  a: {}\n  b: {}\n  a: {}', '4:3: the key "a" is already on line 2'],
  ['a duplicate key in JSON', '{"nodes": {"a": {}, "a": {}}}', '1:21: the key "a" is already on line 1'],
  ['an unknown key', 'nodes:\n  a: { network: [] }', '2:8: unknown key "network" (did you mean "networks"?)'],
  [
    'several unknown keys',
    'nodez: {}\nlinkz: []',
    '1:1: unknown key "nodez" (did you mean "nodes"?)\n2:1: unknown key "linkz" (did you mean "links"?)',
  ],
  ['a key the prototype has', 'nodes: { a: { toString: 1 } }', '1:15: unknown key "toString"'],
  ['a name JavaScript keeps', 'nodes: { constructor: {} }', '1:10: "constructor" cannot be used as a name'],
  ['two at once', 'networks: { lan: { delay: 1ms, loss: 1% } }', /delay.*\n.*loss/],
  ['a service of a number', 'nodes: { a: { run: 5 } }', '1:20: expected text or a list, not 5: put it in quotes, "5"'],
  [
    'an unknown key of a service',
    'nodes: { a: { run: { command: x, redy: {} } } }',
    /^1:34: unknown key "redy" \(did you mean "ready"/,
  ],
  [
    'one of a named service',
    'nodes: { a: { run: { api: { command: x, evn: {} } } } }',
    /^1:41: unknown key "evn" \(did you mean "env"/,
  ],
  [
    'a service without a command',
    'nodes: { a: { run: { env: { A: 1 }, restart: always } } }',
    '1:15: the key "command" is missing',
  ],
  ['a quote that is not closed', 'nodes: { a: { run: "echo \'x" } }', "1:20: the command has a ' that is not closed"],
  ['a pipe', 'nodes: { a: { run: { command: a | b } } }', /^1:31: no shell reads the command: quote the "\|"/],
  ['no command at all', 'nodes: { a: { run: { command: [] } } }', /^1:31: a command is a list of words/],
  [
    'a bad variable',
    'nodes: { a: { run: { command: x, env: { a-b: 1 } } } }',
    /^1:41: "a-b" is no name for a variable/,
  ],
  [
    'a bad restart',
    'nodes: { a: { run: { command: x, restart: often } } }',
    /^1:43: "often" is no restart policy: never, on-failure or always/,
  ],
  [
    'a bad signal',
    'nodes: { a: { run: { command: x, stop: { signal: TERM } } } }',
    /^1:50: "TERM" is none of the signals SIGTERM/,
  ],
  [
    'a bad expression',
    'nodes: { a: { run: { command: x, ready: { log: "(" } } } }',
    /^1:48: "\(" is not a regular expression/,
  ],
  [
    'two ways to be ready',
    'nodes: { a: { run: { command: x, ready: { tcp: 1, log: x } } } }',
    /^1:41: .* one of tcp, http, log, command and exit, not several/,
  ],
  [
    'a bare timeout',
    'nodes: { a: { run: { command: x, ready: { tcp: 1, timeout: 5 } } } }',
    /^1:60: 5 is not a duration/,
  ],
  [
    'a path that is none',
    'nodes: { a: { run: { command: x, ready: { http: health } } } }',
    /^1:49: "health" is not a path/,
  ],
  ['a service name', 'nodes: { a: { run: { A_b: x } } }', /^1:22: invalid service name "A_b"/],
  [
    'waiting for no node',
    'nodes: { web: { run: { command: x, after: wbe } } }',
    '1:43: there is no node "wbe" (did you mean "web"?)',
  ],
  [
    'waiting for nothing',
    'nodes: { web: { run: { command: x, after: [db] } }, db: {} }',
    /^1:44: the node "db" runs nothing to wait for/,
  ],
  [
    'waiting for no service',
    'nodes: { web: { run: { command: x, after: db/api } }, db: { run: { app: x } } }',
    /^1:43: the node "db" has no service "api" \(did you mean "app"\?\)$/,
  ],
  [
    'a circle',
    'nodes: { a: { run: { command: x, after: b } }, b: { run: { command: x, after: a } } }',
    /^1:\d+: services wait for each other in a circle: .\/main after .\/main after .\/main$/,
  ],
  ['waiting for oneself', 'nodes: { a: { run: { command: x, after: a } } }', /in a circle: a\/main after a\/main$/],
  [
    'an end that never comes',
    'nodes: { a: { run: { command: x, ready: { exit: true }, restart: always } } }',
    /cannot be started again always/,
  ],
  [
    'a preset of no NAT',
    'nodes: { a: { nat: hom } }',
    /^1:20: expected "home", .* or a map, not "hom" \(did you mean "home"\?\)$/,
  ],
  ['an axis of no NAT', 'nodes: { a: { nat: { filterin: address } } }', /did you mean "filtering"/],
  [
    'a mapping of no NAT',
    'nodes: { a: { nat: { mapping: address-dependant } } }',
    /^1:31: expected "endpoint-independent", .* \(did you mean "address-dependent"\?\)$/,
  ],
  ['NAT64', NAT('{ nat64: true }'), '4:37: "nat64" is not supported yet'],
  ['ports that go down', NAT('{ ports: 9-5 }'), /"9-5" is no range of ports from 1 to 65535/],
  ['a timeout without a unit', NAT('{ udp-timeout: 30 }'), /30 is not a duration: write it with a unit/],
  ['half a second', NAT('{ udp-timeout: 500ms }'), /^4:50: a mapping is kept for whole seconds.*, not 500ms$/],
  ['a NAT that does not forward', NAT('home, forward: false'), /^4:30: a node with "nat" forwards packets/],
  ['an outside that is nowhere', NAT('{ outside: ot }'), /on no network "ot", and has no such interface.*mean "out"/],
  ['an inside that is outside', NAT('{ inside: [lan, out] }'), /^4:51: out is outside already$/],
  ['an inside named twice', NAT('{ inside: [lan, eth0] }'), /eth0 is named twice/],
  ['nothing inside', NAT('{ inside: [] }'), /has something inside/],
  [
    'no default route',
    'networks: { lan: { subnet: 10.0.0.0/29, gateway: a } }\nnodes: { a: { networks: [lan], nat: home } }',
    '2:32: "a" has no default route, so it is not known what is outside: say it, as in "outside: NETWORK"',
  ],
  [
    'the gateway of no network',
    `${NET}\nnodes: { a: { networks: [lan], nat: home, routes: [default via 10.0.0.6] } }`,
    '2:32: "a" is the gateway of no network, so it is not known what is inside: say it, as in "inside: NETWORK"',
  ],
  ['one to one in IPv6', NAT('{ one-to-one: { fd00::1: 192.0.2.9 } }'), /translates IPv4 addresses/],
  [
    'the shared address',
    NAT('{ one-to-one: { 10.0.0.2: 192.0.2.1 } }'),
    /192.0.2.1 is the address that the others share/,
  ],
  [
    'an address nobody answers for',
    NAT('{ one-to-one: { 10.0.0.2: 192.0.2.9 } }'),
    /192.0.2.9 is on the network of eth1, where nobody has it: give it to "a" there/,
  ],
  [
    'one address for two',
    NAT('{ one-to-one: { 10.0.0.2: 198.51.100.9, 10.0.0.3: 198.51.100.9 } }'),
    /198.51.100.9 is that of 10.0.0.2 already/,
  ],
  ['a prefix of IPv4', NAT('{ prefix: { 10.0.0.0/8: 11.0.0.0/8 } }'), /prefixes that are translated are of IPv6/],
  ['prefixes of two lengths', NAT('{ prefix: { fd00::/48: 2001:db8::/32 } }'), /have the same length/],
  ['a long prefix', NAT('{ prefix: { fd00::/64: 2001:db8::/64 } }'), /has at most 48 bits, not 64/],
  ['a prefix of nobody', NAT('{ prefix: { fd00::/48: 2001:db8::/48 } }'), /no network has a subnet in fd00::\/48/],
  ['nptv6 of nothing', NAT('{ ipv6: nptv6 }'), /nptv6 needs "prefix"/],
  [
    'prefixes and a masquerade',
    NAT('{ ipv6: masquerade, prefix: { fd00::/48: 2001:db8::/48 } }'),
    /with "ipv6: nptv6"/,
  ],
  [
    'a published port without one of the node',
    'nodes: { a: { publish: ["8080"] } }',
    /^1:25: "8080" is no published port/,
  ],
  ['a published port of no protocol', 'nodes: { a: { publish: ["1:1/tpc"] } }', /did you mean "tcp"/],
  [
    'a published range for a smaller one',
    'nodes: { a: { publish: ["1-3:1-2"] } }',
    '1:25: "1-3:1-2" has 3 ports of the host for 2 of the node',
  ],
  ['a published port that is none', 'nodes: { a: { publish: ["1:65536"] } }', /65536 is no port/],
  [
    'a port that two publish',
    'nodes: { a: { publish: ["1-9:1-9"] }, b: { publish: ["2:1/udp", "127.0.0.1:2:80"] } }',
    '1:65: port 2/tcp of the host is published by "a" already',
  ],
  ['an impairment of a network', 'networks:\n  lan:\n    delay: 20ms', '3:5: "delay" is not supported yet'],
  [
    'one of a node on it',
    `${NET}\nnodes: { a: { networks: { lan: { loss: 1% } } } }`,
    '2:34: "loss" is not supported yet',
  ],
  [
    "a link's network address",
    'nodes: { a: , b: }\nlinks: [{ between: [a, b], addresses: { a: 10.0.0.0/24 } }]',
    '2:44: the address 10.0.0.0 is the network address of 10.0.0.0/24: no host can have it',
  ],
  [
    "a link's broadcast address",
    'nodes: { a: , b: }\nlinks: [{ between: [a, b], addresses: { a: 10.0.0.255/24 } }]',
    '2:44: the address 10.0.0.255 is the broadcast address of 10.0.0.0/24: no host can have it',
  ],
  [
    "a link's subnet-router anycast address",
    'nodes: { a: , b: }\nlinks: [{ between: [a, b], addresses: { a: "fd00::/64" } }]',
    "2:44: the address fd00:: is the subnet-router anycast address (the subnet's lowest) of fd00::/64: no host can have it",
  ],
  ['one of a link', 'links: [{ between: [a, b], toward: {} }]', '1:28: "toward" is not supported yet'],
  [
    'egress without a way out',
    'networks: { lan: { subnet: 10.0.0.0/29, egress: [] } }',
    '1:41: "egress" limits what "internet: true" lets out, which this network does not have',
  ],
  [
    'egress to nowhere',
    'networks: { lan: { subnet: 10.0.0.0/29, internet: true, egress: [10.0.0.0/8:5432, a..b] } }',
    '1:83: "a..b" names no host: "a..b" is neither a name nor an address',
  ],
  ['a wrong type', 'nodes: { a: { forward: 1 } }', '1:24: expected true or false or a map, not 1'],
  ['neither list nor map', 'nodes: { a: { networks: lan } }', '1:25: expected a list or a map, not "lan"'],
  [
    'a name of nobody',
    'nodes: { web: {} }\nhosts: { x: wbe }',
    '2:13: "wbe" is no node and no address (did you mean "web"?)',
  ],
  [
    'a name of a node',
    'nodes: { web: {} }\nhosts: { Web: 192.0.2.1 }',
    '2:10: the name "Web" is that of the node "web"',
  ],
  [
    'a whole name of a node',
    'nodes: { web: {} }\nhosts: { web.shop: 192.0.2.1 }',
    '2:10: the name "web.shop" is that of the node "web"',
  ],
  ['a name of a network', `${NET}\nhosts: { lan: 192.0.2.1 }`, '2:10: the name "lan" is that of the network "lan"'],
  ['a name of this machine', 'hosts: { localhost: 192.0.2.1 }', '1:10: the name "localhost" is reserved'],
  ['a name twice', 'hosts: { a: 192.0.2.1, A: 192.0.2.2 }', '1:24: the name "A" is there already, in other letters'],
  ['a name for nothing', 'hosts: { a: [] }', /^1:13: the name "a" stands for nothing/],
  [
    'a name of a node without address',
    'nodes: { web: {} }\nhosts: { x: [192.0.2.1, web] }',
    '2:25: the node "web" has no address',
  ],
  ['a name that is an address', 'hosts: { 10.0.0.1: 192.0.2.1 }', /^1:10: "10.0.0.1" ends in a number/],
  ['a name with a blank', 'hosts: { "a b": 192.0.2.1 }', /^1:10: "a b" is no host name/],
  ['a prefix for a name', 'hosts: { a: 192.0.2.1/24 }', '1:13: "192.0.2.1/24" is no node and no address'],
  [
    "a node's name for all",
    'hosts: { a: 192.0.2.1 }\nnodes: { web: { hosts: { a: 192.0.2.2 } } }',
    /^2:26: the name "a" is given to all nodes already/,
  ],
  [
    'a node of its own name',
    'nodes: { web: { hosts: { web: 192.0.2.2 } } }',
    /^1:26: the name "web" is that of the node/,
  ],
  [
    'a number where text is due',
    'networks: { a: { subnet: 10 } }',
    '1:26: expected text or a list, not 10: put it in quotes, "10"',
  ],
  ['a list of nodes', 'nodes: [a]', '1:8: expected a map, not a list'],
  ['a bad node name', 'nodes:\n  My_node: {}', /^2:3: invalid node name "My_node": use a-z/],
  ['a node name of digits', 'nodes: { 5: {} }', /^1:10: the name "5" needs a letter/],
  ['a long lab name', `name: ${'a'.repeat(33)}`, /^1:7: the lab name "a+" has 33 characters; the maximum is 32$/],
  ['a long node name', `nodes: { ${'a'.repeat(64)}: {} }`, /node name "[^"]+" has 64 characters; the maximum is 63/],
  [
    'a reserved network',
    'networks: { uplink: {} }',
    '1:13: the name "uplink" is reserved: call the network something else',
  ],
  ['a reserved node', 'nodes: { host: {} }', '1:10: the name "host" is reserved: call the node something else'],
  [
    'a long interface name',
    `${NET}\nnodes: { a: { networks: { lan: { interface: a-name-of-20-letters } } } }`,
    '2:45: the interface name "a-name-of-20-letters" is 20 characters long; Linux allows 15',
  ],
  [
    'a name that is not ASCII',
    `${NET}\nnodes: { a: { networks: { lan: { interface: éth0 } } } }`,
    '2:45: the interface name "éth0" contains "é"; use ASCII letters, digits and punctuation',
  ],
  ['a slash in one', `${NET}\nnodes: { a: { networks: { lan: { interface: a/b } } } }`, /2:45: .* contains "\/"/],
  ['a colon in that of a link', 'nodes: { a: , b: }\nlinks:\n  - between: [a, "b.x:y"]', /^3:18: .*"x:y" contains ":"/],
  ['the loopback as one', `${NET}\nnodes: { a: { networks: { lan: { interface: lo } } } }`, /taken by the loopback/],
  [
    'two interfaces of one name',
    `networks: { x: , y: }\nnodes: { a: { networks: { x: { interface: eth1 }, y: } } }`,
    '2:51: the node "a" has two interfaces named "eth1": interfaces are numbered in order, named ones counted too',
  ],
  [
    'a bad address',
    `${NET}\nnodes: { a: { networks: { lan: 10.0.0.256 } } }`,
    /^2:32: "10.0.0.256" is not an IP address/,
  ],
  [
    'a bad prefix',
    'networks: { lan: { subnet: 10.0.0.0/33 } }',
    /^1:28: .*invalid prefix length in .*: expected 0 to 32/,
  ],
  [
    'a subnet with host bits',
    'networks: { lan: { subnet: 10.0.0.9/24 } }',
    '1:28: "10.0.0.9/24" has host bits set; the network is 10.0.0.0/24',
  ],
  [
    'two subnets of a family',
    'networks: { lan: { subnet: [10.0.0.0/24, 10.0.1.0/24] } }',
    /^1:42: there is already an IPv4 subnet, 10\.0\.0\.0\/24/,
  ],
  ['a bad MAC', `${NET}\nnodes: { a: { networks: { lan: { mac: 02:00 } } } }`, /^2:39: "02:00" is not a MAC address/],
  ['a group MAC', `${NET}\nnodes: { a: { networks: { lan: { mac: 03:00:00:00:00:01 } } } }`, /^2:39: .*group address/],
  [
    'an address outside',
    `${NET}\nnodes: { a: { networks: { lan: 10.0.0.9 } } }`,
    '2:32: the address 10.0.0.9 is outside the subnet 10.0.0.0/29',
  ],
  [
    'the network address',
    `${NET}\nnodes: { a: { networks: { lan: 10.0.0.0 } } }`,
    /^2:32: .* is the network address of 10\.0\.0\.0\/29/,
  ],
  [
    'the broadcast address',
    `${NET}\nnodes: { a: { networks: { lan: 10.0.0.7 } } }`,
    /^2:32: .* is the broadcast address/,
  ],
  [
    'another prefix length',
    `${NET}\nnodes: { a: { networks: { lan: 10.0.0.1/24 } } }`,
    /^2:32: the prefix length of 10\.0\.0\.1\/24 is not that of/,
  ],
  [
    'a duplicate address',
    `${NET}\nnodes:\n  a: { networks: { lan: 10.0.0.3 } }\n  b: { networks: { lan: { address: [10.0.0.3] } } }`,
    '4:37: the address 10.0.0.3 is taken by "a"',
  ],
  [
    "the bridge's address",
    'networks: { g: { subnet: 10.0.0.0/24, internet: true } }\nnodes: { a: { networks: { g: 10.0.0.1 } } }',
    '2:30: the address 10.0.0.1 is taken by the bridge of "g", its gateway',
  ],
  [
    'no prefix on a switch',
    'networks: { s: }\nnodes: { a: { networks: { s: 10.0.0.1 } } }',
    /^2:30: .* needs a prefix length, such as 10\.0\.0\.1\/24/,
  ],
  [
    'a full subnet',
    'networks: { s: { subnet: 10.0.0.0/30 } }\nnodes:\n  a: { networks: [s] }\n  b: { networks: [s] }\n  c: { networks: [s] }\n  d: { networks: [s] }',
    '5:19: the subnet 10.0.0.0/30 is full: 4 need an address, it has 2, and none is left for "c"',
  ],
  [
    'a full bridge',
    `networks: { s: { subnet: 10.0.0.0/16 } }\nnodes:\n${Array.from({ length: 1024 }, (_, i) => `  n${i}: { networks: [s] }`).join('\n')}`,
    '1026:23: the network "s" has 1024 interfaces on it, and a bridge at most 1023',
  ],
  [
    'overlapping subnets',
    'networks: { a: { subnet: 10.0.0.0/8 }, b: { subnet: 10.1.0.0/16 } }\nnodes: { r: { networks: [b, a] } }',
    '2:29: the node "r" would see two subnets that overlap: 10.1.0.0/16 on eth0 and 10.0.0.0/8 on eth1',
  ],
  [
    'an unknown network',
    `${NET}\nnodes: { a: { networks: [lam] } }`,
    '2:26: there is no network "lam" (did you mean "lan"?)',
  ],
  [
    'one in a map',
    `${NET}\nnodes: { a: { networks: { lam: } } }`,
    '2:27: there is no network "lam" (did you mean "lan"?)',
  ],
  [
    'a network twice',
    `${NET}\nnodes: { a: { networks: [lan, lan] } }`,
    '2:31: the node "a" is on the network "lan" already',
  ],
  [
    'an unknown gateway',
    'networks: { lan: { gateway: rooter } }\nnodes: { router: }',
    '1:29: there is no node "rooter" (did you mean "router"?)',
  ],
  [
    'a gateway elsewhere',
    'networks: { lan: { subnet: 10.0.0.0/24, gateway: r } }\nnodes: { r: }',
    '1:50: the gateway "r" is not on the network "lan": add "lan" to its networks',
  ],
  [
    'a gateway without address',
    'networks: { lan: { gateway: r } }\nnodes: { r: { networks: [lan] } }',
    /^1:29: .* give the network a subnet/,
  ],
  [
    'gateway and internet',
    'networks: { n: { subnet: 10.0.0.0/24, gateway: r, internet: true } }\nnodes: { r: { networks: [n] } }',
    /^1:48: .*either "gateway" or "internet"/,
  ],
  ['internet without subnet', 'networks: { n: { internet: true } }', /^1:18: .* needs a subnet/],
  ['a link with one end', 'nodes: { a: }\nlinks:\n  - between: [a]', '3:14: a link has exactly two ends, not 1'],
  ['a link with three', 'nodes: { a: }\nlinks:\n  - between: [a, b, c]', '3:14: a link has exactly two ends, not 3'],
  [
    'a link to itself',
    'nodes: { a: }\nlinks:\n  - between: [a, a]',
    '3:14: a link joins two nodes, but both of its ends are at "a"',
  ],
  [
    'a link to nobody',
    'nodes: { web: }\nlinks:\n  - between: [web, wep.eth5]',
    '3:20: there is no node "wep" (did you mean "web"?)',
  ],
  [
    'an address of no end',
    'nodes: { a: , b: }\nlinks:\n  - between: [a, b]\n    addresses: { c: 10.0.0.1/24 }',
    '4:18: "c" is not an end of this link (did you mean "a"?)',
  ],
  [
    'a bad route',
    `${NET}\nnodes: { a: { networks: [lan], routes: [10.1.0.0/16 via] } }`,
    /^2:41: the route .* needs the address of a gateway/,
  ],
  [
    'a gateway out of reach',
    `${NET}\nnodes: { a: { networks: [lan], routes: [default via 10.9.0.1] } }`,
    `2:41: the gateway 10.9.0.1 is not on any network of "a": the node's addresses are 10.0.0.1/29`,
  ],
  [
    'a route by no interface',
    `${NET}\nnodes: { a: { networks: [lan], routes: [default dev eth1] } }`,
    '2:41: the node "a" has no interface "eth1" (did you mean "eth0"?)',
  ],
  [
    'a route to oneself',
    `${NET}\nnodes: { a: { networks: [lan], routes: [default via 10.0.0.1] } }`,
    /^2:41: .* is an address of "a" itself/,
  ],
  [
    'a source of others',
    `${NET}\nnodes: { a: { networks: [lan], routes: [default dev eth0 src 10.0.0.2] } }`,
    /^2:41: the source 10\.0\.0\.2 is not/,
  ],
  [
    'a sysctl of the machine',
    'nodes: { a: { sysctls: { kernel.panic: 1 } } }',
    /^1:26: .* is not one of a network namespace/,
  ],
  ['a sysctl that climbs', 'nodes: { a: { sysctls: { net.ipv4.//.x: 1 } } }', /^1:26: .* is not a sysctl's name/],
  ['an expectation of nothing', 'nodes: { a: }\nexpect:\n  - { from: a, to: host }', /^3:5: an expectation has one of/],
  [
    'an expectation of nobody',
    'nodes: { web: }\nexpect:\n  - { from: wep, to: hos, icmp: true }',
    /^3:13: .*did you mean "web".*\n3:22: .*did you mean/,
  ],
  [
    'an rtt without units',
    'nodes: { a: }\nexpect:\n  - { from: a, to: host, icmp: true, rtt: [20, 30] }',
    /^3:44: 20 is not a duration: write it with a unit/,
  ],
  [
    'an rtt the wrong way round',
    'nodes: { a: }\nexpect:\n  - { from: a, to: host, icmp: true, rtt: [2s, 30ms] }',
    /^3:43: the shortest round trip, 2s, is longer/,
  ],
  ['a key that is missing', 'expect:\n  - { from: a, icmp: true }', '2:5: the key "to" is missing'],
  ['an alias of nothing', 'nodes: { a: *x }', '1:13: there is no anchor "&x" before this alias'],
  ['a map as a key', 'nodes: { {a: 1}: {} }', '1:10: a key must be text'],
  ['an alias', 'x: &x { foo: 1 }\nnodes: { a: *x }', /unknown key "x"/],
] as const) {
  test(`${what} is an error with its place`, () => {
    const actual = messageOf(text);
    if (typeof message === 'string') assert.equal(actual, message);
    else assert.match(actual, message);
  });
}

test('the error carries its parts', () => {
  const error = errorOf(() => parseTopology('networks:\n  lan: { loss: 1% }', 'shop.yaml'));
  assert.equal(error.code, 'ERR_TOPOLOGY');
  assert.deepEqual([error.file, error.line, error.column], ['shop.yaml', 2, 10]);
  assert.deepEqual(error.issues, [
    { message: '"loss" is not supported yet', path: 'networks.lan.loss', line: 2, column: 10 },
  ]);
  assert.equal(error.message, 'shop.yaml:2:10: "loss" is not supported yet');
});

test('without a file, the error has paths', () => {
  const error = errorOf(() => checkTopology({ nodes: { web: { networks: ['lan'] } } }, 'shop'));
  assert.equal(error.message, 'nodes.web.networks.0: there is no network "lan"');
  assert.equal(error.file, undefined);
});

test('a lab gets the name of its file, if that is one', () => {
  assert.equal(parseTopology('nodes: {}', '/labs/shop.yaml').name, 'shop');
  assert.equal(parseTopology('name: other', '/labs/shop.yaml').name, 'other');
  assert.match(
    errorOf(() => parseTopology('nodes: {}', 'My Shop.yaml')).message,
    /"My Shop" cannot name a lab: give it a "name"/,
  );
  assert.match(errorOf(() => checkTopology({})).message, /the lab needs a name/);
});

test('a lab is called otherwise than its file says, and errors still have their place', () => {
  const topology = parseTopology('name: shop\nnodes: { a: {} }', 'My Shop.yaml', { name: 'mine' });
  assert.equal(topology.name, 'mine');
  assert.equal(sourceOf(topology)?.file, 'My Shop.yaml');
  assert.equal(checkTopology({ name: 'shop', nodes: {} }, 'other', { name: 'mine' }).name, 'mine');
  const bad = errorOf(() => parseTopology('name: shop\nnodes: { a: {} }', 'shop.yaml', { name: '../x' }));
  assert.match(bad.message, /"\.\.\/x" cannot name a lab/);
});

test('places survive until the topology is compiled', () => {
  const topology = parseTopology(
    'networks:\n  lan: { subnet: fd00::/64 }\nnodes: { a: { networks: [lan] } }',
    'shop.yaml',
  );
  const error = errorOf(() => compile(topology, { ipv6: false }));
  assert.equal(error.message, 'shop.yaml:2:18: the subnet fd00::/64 needs IPv6, which this kernel has off');
});

test('a cyclic value is an error, not a loop', () => {
  const value: Record<string, unknown> = {};
  value['nodes'] = value;
  assert.throws(() => checkTopology(value, 'shop'), TopologyError);
});

test('an enormous alias is an error', () => {
  const levels = Array.from({ length: 12 }, (_, i) => `  l${i + 1}: &l${i + 1} [${`*l${i},`.repeat(10)}]`);
  assert.throws(() => parseTopology(`nodes:\n  l0: &l0 []\n${levels.join('\n')}`, 'bomb.yaml'), TopologyError);
});

test('what was checked cannot be changed', () => {
  const input = { nodes: { web: { forward: true } } };
  const topology = checkTopology(input, 'shop');
  assert(Object.isFrozen(topology.nodes?.['web']));
  assert(!Object.isFrozen(input.nodes.web));
});

/** What is wrong with a value, and all that is said of it. */
for (const [what, value, message] of [
  ['an unknown key', { name: 'x', nodes: { a: { foo: 1 } } }, 'nodes.a.foo: unknown key "foo"'],
  ['a name of another type', { name: 5 }, 'name: expected text, not 5: put it in quotes, "5"'],
  ['a slip in "name"', { nam: 'x' }, 'nam: unknown key "nam" (did you mean "name"?)'],
  ['no map', [], 'expected a map, not a list'],
  [
    'an unknown network',
    {
      name: 'x',
      networks: { lan: { subnet: '10.0.0.0/24', gateway: 'a' } },
      nodes: {
        a: { networks: ['lna'], routes: ['default via 10.0.0.9'], nat: { outside: 'lan' } },
        b: { networks: ['lan'] },
      },
      hosts: { h: 'a' },
      expect: [{ from: 'b', to: 'a', icmp: true }],
    },
    'nodes.a.networks.0: there is no network "lna" (did you mean "lan"?)',
  ],
  [
    'a second subnet of a family',
    {
      name: 'x',
      networks: { lan: { subnet: ['10.0.0.0/24', '10.1.0.0/24'] } },
      nodes: { a: { networks: { lan: '10.1.0.1' } } },
    },
    /^networks\.lan\.subnet\.1: there is already an IPv4 subnet, [^\n]*$/,
  ],
  [
    'a missing subnet',
    { name: 'x', networks: { lan: { internet: true } }, nodes: { a: { networks: { lan: '10.1.0.1' } } } },
    /^networks\.lan\.internet: the network "lan" needs a subnet [^\n]*$/,
  ],
  [
    'a full subnet',
    {
      name: 'x',
      networks: { lan: { subnet: '10.0.0.0/30' } },
      nodes: { a: { networks: ['lan'] }, b: { networks: ['lan'] }, c: { networks: ['lan'] } },
      hosts: { h: 'c' },
      expect: [{ from: 'a', to: 'c', icmp: true }],
    },
    /^nodes\.c\.networks\.0: the subnet 10\.0\.0\.0\/30 is full: .*"c"$/,
  ],
] as const)
  test(`${what} is told of once, without what only follows from it`, () => {
    const { message: said } = errorOf(() => checkTopology(value));
    if (typeof message === 'string') assert.equal(said, message);
    else assert.match(said, message);
  });

test('what is read from a pipe needs a name', () => {
  for (const file of ['/dev/fd/63', '/proc/self/fd/5', '/dev/stdin', '-'])
    assert.match(
      errorOf(() => parseTopology('nodes: {}', file)).message,
      /the lab needs a name.*it cannot be called after/,
    );
  assert.equal(parseTopology('name: x', '/dev/fd/63').name, 'x');
});
