import { NET, testErrors } from '../error-cases.ts';

/** A NAT between two networks. */
const NAT = (nat: string): string =>
  `${NET.replace('} }', ', gateway: a }, out: { subnet: 192.0.2.0/28, gateway: b } }').replace('/29 ,', '/29,')}
nodes:
  b: { networks: { out: 192.0.2.2 } }
  a: { networks: [lan, out], nat: ${nat} }`;

testErrors([
  [
    'an unknown preset',
    'nodes: { a: { nat: hom } }',
    /^1:20: expected "home", .* or a map, not "hom" \(did you mean "home"\?\)$/,
  ],
  ['an unknown key of a NAT', 'nodes: { a: { nat: { filterin: address } } }', /did you mean "filtering"/],
  [
    'an unknown mapping',
    'nodes: { a: { nat: { mapping: address-dependant } } }',
    /^1:31: expected "endpoint-independent", .* \(did you mean "address-dependent"\?\)$/,
  ],
  ['NAT64', NAT('{ nat64: true }'), '4:37: "nat64" is not supported yet'],
  ['a descending port range', NAT('{ ports: 9-5 }'), /"9-5" is no range of ports from 1 to 65535/],
  ['a timeout without a unit', NAT('{ udp-timeout: 30 }'), /30 is not a duration: write it with a unit/],
  [
    'a timeout of half a second',
    NAT('{ udp-timeout: 500ms }'),
    /^4:50: invalid timeout 500ms: expected whole seconds, from 1s to \d+h$/,
  ],
  ['a NAT that does not forward', NAT('home, forward: false'), /^4:30: a node with "nat" forwards packets/],
  ['an unknown outside', NAT('{ outside: ot }'), /not on a network "ot", and has no such interface.*mean "out"/],
  ['an inside that is outside', NAT('{ inside: [lan, out] }'), /^4:51: out is already outside$/],
  ['an inside named twice', NAT('{ inside: [lan, eth0] }'), /eth0 is named twice/],
  ['an empty inside', NAT('{ inside: [] }'), /"inside" is empty/],
  [
    'a NAT without a default route',
    'networks: { lan: { subnet: 10.0.0.0/29, gateway: a } }\nnodes: { a: { networks: [lan], nat: home } }',
    '2:32: "a" has no default route that determines its outside: add "outside: NETWORK"',
  ],
  [
    'a NAT without a default inside',
    `${NET}\nnodes: { a: { networks: [lan], nat: home, routes: [default via 10.0.0.6] } }`,
    '2:32: "a" is the gateway of no network that determines its inside: add "inside: NETWORK"',
  ],
  ['one-to-one in IPv6', NAT('{ one-to-one: { fd00::1: 192.0.2.9 } }'), /translates IPv4 addresses/],
  [
    'one-to-one with the shared address',
    NAT('{ one-to-one: { 10.0.0.2: 192.0.2.1 } }'),
    /192.0.2.1 is the shared outside address/,
  ],
  [
    'an outside address that no node has',
    NAT('{ one-to-one: { 10.0.0.2: 192.0.2.9 } }'),
    /192.0.2.9 is on the network of eth1, but no node has it: add it to "a" there/,
  ],
  [
    'an outside address for two inside addresses',
    NAT('{ one-to-one: { 10.0.0.2: 198.51.100.9, 10.0.0.3: 198.51.100.9 } }'),
    /198.51.100.9 is already mapped to 10.0.0.2/,
  ],
  ['an IPv4 prefix', NAT('{ prefix: { 10.0.0.0/8: 11.0.0.0/8 } }'), /only IPv6 prefixes can be translated/],
  ['prefixes of different length', NAT('{ prefix: { fd00::/48: 2001:db8::/32 } }'), /have the same length/],
  ['a long prefix', NAT('{ prefix: { fd00::/64: 2001:db8::/64 } }'), /prefix length 64 is too long: the maximum is 48/],
  [
    'a prefix without a network',
    NAT('{ prefix: { fd00::/48: 2001:db8::/48 } }'),
    /no network has a subnet in fd00::\/48/,
  ],
  ['nptv6 without prefix', NAT('{ ipv6: nptv6 }'), /nptv6 needs "prefix"/],
  [
    'prefixes with masquerading',
    NAT('{ ipv6: masquerade, prefix: { fd00::/48: 2001:db8::/48 } }'),
    /with "ipv6: nptv6"/,
  ],
]);
