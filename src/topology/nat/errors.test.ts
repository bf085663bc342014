import { NET, testErrors } from '../error-cases.ts';

/** A NAT between two networks. */
const NAT = (nat: string): string =>
  `${NET.replace('} }', ', gateway: a }, out: { subnet: 192.0.2.0/28, gateway: b } }').replace('/29 ,', '/29,')}
nodes:
  b: { networks: { out: 192.0.2.2 } }
  a: { networks: [lan, out], nat: ${nat} }`;

testErrors([
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
]);
