import { NET, testErrors } from '../error-cases.ts';

testErrors([
  ['an impairment of a network', 'networks:\n  lan:\n    delay: 20ms', '3:5: "delay" is not supported yet'],
  [
    'an impairment of an attachment',
    `${NET}\nnodes: { a: { networks: { lan: { loss: 1% } } } }`,
    '2:34: "loss" is not supported yet',
  ],
  [
    "a link's network address",
    'nodes: { a: , b: }\nlinks: [{ between: [a, b], addresses: { a: 10.0.0.0/24 } }]',
    '2:44: the address 10.0.0.0 is the network address of 10.0.0.0/24, which a host cannot use',
  ],
  [
    "a link's broadcast address",
    'nodes: { a: , b: }\nlinks: [{ between: [a, b], addresses: { a: 10.0.0.255/24 } }]',
    '2:44: the address 10.0.0.255 is the broadcast address of 10.0.0.0/24, which a host cannot use',
  ],
  [
    "a link's subnet-router anycast address",
    'nodes: { a: , b: }\nlinks: [{ between: [a, b], addresses: { a: "fd00::/64" } }]',
    "2:44: the address fd00:: is the subnet-router anycast address (the subnet's lowest) of fd00::/64, which a host cannot use",
  ],
  ['an impairment of a link', 'links: [{ between: [a, b], toward: {} }]', '1:28: "toward" is not supported yet'],
  ['a reserved network', 'networks: { uplink: {} }', '1:13: the name "uplink" is reserved: use another network name'],
  ['a reserved node', 'nodes: { host: {} }', '1:10: the name "host" is reserved: use another node name'],
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
  [
    'a slash in an interface name',
    `${NET}\nnodes: { a: { networks: { lan: { interface: a/b } } } }`,
    /2:45: .* contains "\/"/,
  ],
  [
    'a colon in the interface name of a link',
    'nodes: { a: , b: }\nlinks:\n  - between: [a, "b.x:y"]',
    /^3:18: .*"x:y" contains ":"/,
  ],
  ['an interface named lo', `${NET}\nnodes: { a: { networks: { lan: { interface: lo } } } }`, /taken by the loopback/],
  [
    'two interfaces with the same name',
    `networks: { x: , y: }\nnodes: { a: { networks: { x: { interface: eth1 }, y: } } }`,
    '2:51: the node "a" has two interfaces named "eth1": interfaces are numbered in order, including named ones',
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
    'an address outside the subnet',
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
    /^2:32: the prefix length of 10\.0\.0\.1\/24 differs from that of/,
  ],
  [
    'a duplicate address',
    `${NET}\nnodes:\n  a: { networks: { lan: 10.0.0.3 } }\n  b: { networks: { lan: { address: [10.0.0.3] } } }`,
    '4:37: the address 10.0.0.3 is already used by "a"',
  ],
  [
    "the bridge's address",
    'networks: { g: { subnet: 10.0.0.0/24, internet: true } }\nnodes: { a: { networks: { g: 10.0.0.1 } } }',
    '2:30: the address 10.0.0.1 is already used by the bridge of "g", its gateway',
  ],
  [
    'no prefix length on a network without a subnet',
    'networks: { s: }\nnodes: { a: { networks: { s: 10.0.0.1 } } }',
    /^2:30: .* needs a prefix length, such as 10\.0\.0\.1\/24/,
  ],
  [
    'a full subnet',
    'networks: { s: { subnet: 10.0.0.0/30 } }\nnodes:\n  a: { networks: [s] }\n  b: { networks: [s] }\n  c: { networks: [s] }\n  d: { networks: [s] }',
    '5:19: the subnet 10.0.0.0/30 is full: 4 need an address, it has 2; none is left for "c"',
  ],
  [
    'a full bridge',
    `networks: { s: { subnet: 10.0.0.0/16 } }\nnodes:\n${Array.from({ length: 1024 }, (_, i) => `  n${i}: { networks: [s] }`).join('\n')}`,
    '1026:23: the network "s" has 1024 interfaces, but a bridge has at most 1023 ports',
  ],
  [
    'overlapping subnets',
    'networks: { a: { subnet: 10.0.0.0/8 }, b: { subnet: 10.1.0.0/16 } }\nnodes: { r: { networks: [b, a] } }',
    '2:29: the node "r" has overlapping subnets: 10.1.0.0/16 on eth0 and 10.0.0.0/8 on eth1',
  ],
  [
    'an unknown network',
    `${NET}\nnodes: { a: { networks: [lam] } }`,
    '2:26: there is no network "lam" (did you mean "lan"?)',
  ],
  [
    'an unknown network in a map',
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
    'a gateway on another network',
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
    '3:14: a link connects two nodes, but both ends are at "a"',
  ],
  [
    'a link to an unknown node',
    'nodes: { web: }\nlinks:\n  - between: [web, wep.eth5]',
    '3:20: there is no node "wep" (did you mean "web"?)',
  ],
  [
    'an address of a node that is not an end of the link',
    'nodes: { a: , b: }\nlinks:\n  - between: [a, b]\n    addresses: { c: 10.0.0.1/24 }',
    '4:18: "c" is not an end of this link (did you mean "a"?)',
  ],
]);
