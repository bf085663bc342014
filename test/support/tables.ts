import type {
  ChainState,
  MatchOperator,
  MatchValue,
  NatTarget,
  Selector,
  SetState,
  Statement,
  TableFamily,
  TableState,
} from '../../src/state/index.ts';

/*
 * Tables with every form that a statement, a value, a set and a chain can have.
 */

type Base = NonNullable<ChainState['base']>;
type Word = string | number;

const is = (left: Selector, right: MatchValue, op: MatchOperator = '=='): Statement => ({ match: { left, op, right } });
const range = (low: Word, high: Word) => ({ range: [low, high] as const });
const any = (...anyOf: Extract<MatchValue, { anyOf: unknown }>['anyOf']) => ({ anyOf });
const to = (family: 'ip' | 'ip6', address?: string | readonly [string, string], more: Partial<NatTarget> = {}) =>
  ({ family, ...(address === undefined ? {} : { address }), ...more }) as NatTarget;

const accept: Statement = { verdict: 'accept' };
const tcp = is('meta l4proto', 'tcp');

const sets: Readonly<Record<string, SetState>> = {
  hosts: { key: ['ipv4_addr'], flags: [], elements: [{ key: ['10.0.0.1'] }, { key: ['10.0.0.2'] }] },
  networks: {
    key: ['ipv6_addr'],
    flags: ['interval'],
    elements: [{ key: ['fd00::/8'] }, { key: [range('fe80::1', 'fe80::9')] }],
  },
  pairs: {
    key: ['ipv4_addr', 'inet_service'],
    flags: ['interval'],
    elements: [{ key: ['10.0.0.0/24', range(80, 90)] }, { key: ['10.1.0.1', 22] }],
  },
  ports: { key: ['inet_service'], flags: ['constant'], elements: [1, 2, 3, 4, 5, 6].map((key) => ({ key: [key] })) },
  names: { key: ['ifname'], flags: ['interval'], elements: [{ key: ['eth*'] }, { key: ['lo'] }] },
  marks: { key: ['mark'], flags: [], elements: [{ key: [1] }, { key: [256] }] },
  seen: { key: ['ipv4_addr'], flags: ['timeout', 'dynamic'], elements: [], timeout: 1.5 },
  fate: {
    key: ['inet_service'],
    value: ['verdict'],
    flags: [],
    elements: [
      { key: [22], value: ['accept'] },
      { key: [80], value: ['jump other'] },
      { key: ['*'], value: ['drop'] },
    ],
  },
  targets: {
    key: ['ipv4_addr'],
    value: ['ipv4_addr', 'inet_service'],
    flags: [],
    elements: [{ key: ['1.2.3.4'], value: ['10.0.0.1', 80] }],
  },
  relayed: { key: ['inet_service'], value: ['inet_service'], flags: [], elements: [{ key: [80], value: [8080] }] },
};

const groups: readonly (readonly [TableFamily, Base, readonly (readonly Statement[])[]])[] = [
  [
    'inet',
    { type: 'filter', hook: 'forward', priority: 0, policy: 'drop' },
    [
      [is('ip saddr', '10.0.0.0/8'), is('ip daddr', '10.0.0.1', '!='), accept],
      [is('ip6 saddr', range('fd00::1', 'fd00::9')), is('ip6 daddr', { set: 'networks' }, '!=')],
      [is('ip saddr', any('10.0.0.0/8', range('11.0.0.1', '11.0.0.3')))],
      [is('ip protocol', 'igmp')],
      [is('tcp dport', any(22, range(80, 90))), is('tcp sport', { set: 'ports' })],
      [is('tcp dport', any(22, 80), '!=')],
      [is('udp dport', 1024, '>='), is('udp sport', range(1, 9), '!=')],
      [is('sctp dport', any(7))],
      [is('meta l4proto', any('tcp', 'udp')), is('th dport', 53)],
      [is('ip saddr . tcp dport', { set: 'pairs' })],
      [is('ip saddr . tcp dport', any('10.0.0.1 . 80', '10.0.0.2 . 90-99'), '!=')],
      [is('iifname . tcp dport', any('lo . 80', 'eth0 . 90'))],
      [is('iifname', 'eth*'), is('oifname', any('lo', 'eth0'), '!=')],
      [is('iifname', { set: 'names' })],
      [is('iif', 'lo'), is('oif', 'lo', '!=')],
      [is('meta mark', 255), is('ct mark', range(3, 16))],
      [is('meta mark', { set: 'marks' })],
      [is('meta nfproto', 'ipv6')],
      [is('meta protocol', 'ip')],
      [is('ct state', 'established')],
      [is('ct state', 'new', '!=')],
      [is('ct state', 'invalid', 'in'), { verdict: 'drop' }],
      [is('ct state', any('established', 'related'), 'in'), accept],
      [is('ct state', any('established', 'related')), accept],
      [is('ct status', any('snat', 'dnat'), 'in')],
      [is('ct direction', 'reply')],
      [is('fib daddr type', any('local', 'broadcast'), '!=')],
      [is('icmp type', 'echo-request')],
      [is('icmpv6 type', any('nd-neighbor-solicit', 'nd-neighbor-advert'))],
      [is('ether type', 'arp')],
      [is('ether saddr', '02:00:00:00:00:01')],
      [{ counter: {} }, { counter: { packets: 3, bytes: 4 } }, { verdict: 'return' }],
      [{ verdict: 'continue' }],
      [{ jump: 'other' }],
      [{ goto: 'other' }],
      [{ reject: {} }],
      [{ reject: { with: 'tcp reset' } }],
      [{ reject: { with: 'icmp host-unreachable' } }],
      [{ reject: { with: 'icmpv6 no-route' } }],
      [{ reject: { with: 'icmpx admin-prohibited' } }],
      [{ log: {} }],
      [{ log: { prefix: 'drop: it #1', group: 2 } }],
      [{ limit: { rate: 10, per: 'second' } }],
      [{ limit: { rate: 3, per: 'week', burst: 20, over: true } }],
      [{ set: { key: 'meta mark', value: 0xffff_ffff } }],
      [{ set: { key: 'ct mark', value: 7 } }],
      [{ vmap: { left: 'tcp dport', set: 'fate' } }],
    ],
  ],
  [
    'inet',
    { type: 'nat', hook: 'postrouting', priority: 100, policy: 'accept' },
    [
      [{ masquerade: {} }],
      [tcp, { masquerade: { ports: [1000, 2000], random: true, persistent: true } }],
      [tcp, { masquerade: { ports: [1000, 1000], fullyRandom: true } }],
      [{ snat: to('ip', '10.0.0.1') }],
      [{ snat: to('ip', ['10.0.0.1', '10.0.0.9'], { persistent: true }) }],
      [tcp, { snat: to('ip6', ['fd00::1', 'fd00::9'], { ports: [80, 90] }) }],
    ],
  ],
  [
    'ip',
    { type: 'nat', hook: 'prerouting', priority: -100, policy: 'accept' },
    [
      [tcp, { dnat: to('ip', '10.0.0.1', { ports: 8080 }) }],
      [tcp, { dnat: to('ip', undefined, { ports: 8080 }) }],
      [{ dnat: to('ip', '10.0.0.1') }],
      [tcp, { dnat: { family: 'ip', address: { map: 'targets', by: 'ip daddr' } } }],
      [tcp, { dnat: { family: 'ip', address: '10.0.0.1' as never, ports: { map: 'relayed', by: 'tcp dport' } } }],
      [is('ip saddr', '10.0.0.1', '>')],
    ],
  ],
  [
    'ip6',
    { type: 'nat', hook: 'output', priority: -100, policy: 'accept' },
    [
      [tcp, { dnat: to('ip6', 'fd00::1', { ports: 8080 }) }],
      [is('ip6 nexthdr', 'udp')],
      [is('meta skuid', any(1000, range(1002, 1005)))],
    ],
  ],
  [
    'bridge',
    { type: 'filter', hook: 'forward', priority: -200, policy: 'accept' },
    [[is('ether type', 'ip')], [is('ether daddr', '02:00:00:00:00:01'), { verdict: 'drop' }]],
  ],
  [
    'netdev',
    { type: 'filter', hook: 'ingress', priority: 0, policy: 'accept', device: 'lo' },
    [[is('ip saddr', '1.2.3.4'), { verdict: 'drop' }]],
  ],
  ['arp', { type: 'filter', hook: 'input', priority: 0, policy: 'accept' }, [[is('iifname', 'a'), accept]]],
];

/** The group whose rules look into maps: the verdict map in them jumps to `other`, which every table has. */
const TRANSLATING = 2;

export const everyForm: readonly TableState[] = groups.map(([family, base, rules], i) => ({
  family,
  name: `t${i}`,
  ...(i === 0 ? { comment: "it's a `comment` with $(nothing) in it\nEOF\n#" } : {}),
  sets: i === 0 || i === TRANSLATING ? sets : {},
  chains: {
    other: { rules: [] },
    main: {
      base,
      rules: rules.map((statements, n) => ({
        statements,
        ...(n === 0 ? { comment: 'let in: $(this) & `that`' } : {}),
      })),
    },
  },
}));
