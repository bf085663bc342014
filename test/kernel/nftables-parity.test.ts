// The same rules by nft, in its language, and by Netwright, from a description: nft must list both alike, and what
// Netwright reads back must be what it was given.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { suite, test } from 'node:test';
import { libc } from '../../src/ffi/index.ts';
import { NETLINK_NETFILTER, NetlinkSocket, type NetlinkError } from '../../src/netlink/index.ts';
import { visitNamespaces } from '../../src/netns/index.ts';
import { canonicalTable, listTables, normaliseTable, Transaction } from '../../src/nftables/index.ts';
import type { SetState, Statement, TableFamily, TableState } from '../../src/state/index.ts';

const skip =
  libc.geteuid() !== 0 ? 'it needs root' : spawnSync('nft', ['--version']).status === 0 ? false : 'it needs nft';

type Base = NonNullable<TableState['chains'][string]['base']>;

interface Case {
  /** In nft's language. */
  readonly rule: string;
  readonly statements: readonly Statement[];
  readonly comment?: string;
}

interface Group {
  readonly family: TableFamily;
  readonly base: Base;
  /** In nft's language, and what they are. */
  readonly sets?: Readonly<Record<string, readonly [string, SetState]>>;
  readonly cases: readonly Case[];
}

type Match = Extract<Statement, { match: unknown }>['match'];
const is = (left: Match['left'], right: Match['right'], op: Match['op'] = '=='): Statement => ({
  match: { left, op, right },
});
const accept: Statement = { verdict: 'accept' };
const rule = (text: string, ...statements: readonly Statement[]): Case => ({ rule: text, statements });

const filter: Base = { type: 'filter', hook: 'input', priority: 0, policy: 'accept' };

/** What addresses and ports are translated to. */
const natMaps: Group['sets'] = {
  hosts: [
    'map hosts { type inet_service : ipv4_addr; elements = { 80 : 10.0.0.1 } }',
    { key: ['inet_service'], value: ['ipv4_addr'], flags: [], elements: [{ key: [80], value: ['10.0.0.1'] }] },
  ],
  targets: [
    'map targets { type ipv4_addr . inet_service : ipv4_addr . inet_service; elements = { 1.2.3.4 . 80 : 10.0.0.1 . 8080 } }',
    {
      key: ['ipv4_addr', 'inet_service'],
      value: ['ipv4_addr', 'inet_service'],
      flags: [],
      elements: [{ key: ['1.2.3.4', 80], value: ['10.0.0.1', 8080] }],
    },
  ],
  ranged: [
    'map ranged { type ipv4_addr . inet_service : ipv4_addr; flags interval; elements = { 10.0.0.0/8 . 80-90 : 10.0.0.1 } }',
    {
      key: ['ipv4_addr', 'inet_service'],
      value: ['ipv4_addr'],
      flags: ['interval'],
      elements: [{ key: ['10.0.0.0/8', { range: [80, 90] }], value: ['10.0.0.1'] }],
    },
  ],
  published: [
    'map published { type inet_proto . ipv4_addr . inet_service : ipv4_addr . inet_service; elements = { udp . 1.2.3.4 . 53 : 10.0.0.1 . 5353 } }',
    {
      key: ['inet_proto', 'ipv4_addr', 'inet_service'],
      value: ['ipv4_addr', 'inet_service'],
      flags: [],
      elements: [{ key: ['udp', '1.2.3.4', 53], value: ['10.0.0.1', 5353] }],
    },
  ],
  published6: [
    'map published6 { type inet_proto . ipv6_addr . inet_service : ipv6_addr . inet_service; elements = { tcp . fd00::1 . 80 : fd00::2 . 8080 } }',
    {
      key: ['inet_proto', 'ipv6_addr', 'inet_service'],
      value: ['ipv6_addr', 'inet_service'],
      flags: [],
      elements: [{ key: ['tcp', 'fd00::1', 80], value: ['fd00::2', 8080] }],
    },
  ],
  prefixes6: [
    'map prefixes6 { type ipv6_addr : ipv6_addr; flags interval; elements = { fd00::/8 : fe80::1 } }',
    {
      key: ['ipv6_addr'],
      value: ['ipv6_addr'],
      flags: ['interval'],
      elements: [{ key: ['fd00::/8'], value: ['fe80::1'] }],
    },
  ],
  arrived: [
    'map arrived { type ifname . inet_proto . inet_service : ipv4_addr . inet_service; elements = { "eth0" . tcp . 80 : 10.0.0.1 . 8080 } }',
    {
      key: ['ifname', 'inet_proto', 'inet_service'],
      value: ['ipv4_addr', 'inet_service'],
      flags: [],
      elements: [{ key: ['eth0', 'tcp', 80], value: ['10.0.0.1', 8080] }],
    },
  ],
  ports: [
    'map ports { type inet_service : inet_service; elements = { 80 : 8080 } }',
    { key: ['inet_service'], value: ['inet_service'], flags: [], elements: [{ key: [80], value: [8080] }] },
  ],
};

/** What packets put into sets and maps, and what is computed of them: a NAT's words. */
const live = (key: readonly string[], value?: readonly string[]): SetState => ({
  key,
  ...(value === undefined ? {} : { value }),
  flags: ['timeout', 'dynamic'],
  elements: [],
  timeout: 30,
});
const udp = is('meta l4proto', 'udp');
const natural: Group = {
  family: 'inet',
  base: { type: 'nat', hook: 'postrouting', priority: 99, policy: 'accept' },
  sets: {
    out: [
      'map out { type ipv4_addr . inet_service : inet_service; flags dynamic,timeout; timeout 30s; }',
      live(['ipv4_addr', 'inet_service'], ['inet_service']),
    ],
    wide: [
      'map wide { type ipv4_addr . inet_service . ipv4_addr . inet_service : inet_service; flags dynamic,timeout; timeout 30s; }',
      live(['ipv4_addr', 'inet_service', 'ipv4_addr', 'inet_service'], ['inet_service']),
    ],
    into: [
      'map into { type inet_service : ipv4_addr . inet_service; flags dynamic,timeout; timeout 30s; }',
      live(['inet_service'], ['ipv4_addr', 'inet_service']),
    ],
    peers: [
      'set peers { type inet_service . ipv4_addr; flags dynamic,timeout; timeout 30s; }',
      live(['inet_service', 'ipv4_addr']),
    ],
  },
  cases: [
    rule(
      'meta l4proto udp meta nfproto ipv4 snat ip to 192.0.2.1 : ip saddr . udp sport map @out',
      udp,
      is('meta nfproto', 'ipv4'),
      { snat: { family: 'ip', address: '192.0.2.1' as never, ports: { map: 'out', by: 'ip saddr . udp sport' } } },
    ),
    rule(
      'udp sport 1024-65535 udp sport != @into snat ip to 192.0.2.1 : udp sport',
      is('udp sport', { range: [1024, 65535] }),
      is('udp sport', { set: 'into' }, '!='),
      { snat: { family: 'ip', address: '192.0.2.1' as never, ports: { by: 'udp sport' } } },
    ),
    rule(
      'udp sport & 0x3fff ^ 0x8123 != @into snat ip to 192.0.2.1 : udp sport & 0x3fff ^ 0x8123',
      is('udp sport & 16383 ^ 33059', { set: 'into' }, '!='),
      { snat: { family: 'ip', address: '192.0.2.1' as never, ports: { by: 'udp sport & 16383 ^ 33059' } } },
    ),
    rule('tcp sport ^ 1 != @into', is('tcp sport ^ 1', { set: 'into' }, '!=')),
    rule('tcp sport & 0 ^ 7777 != @into', is('tcp sport & 0 ^ 7777', { set: 'into' }, '!=')),
    rule('meta l4proto udp update @out { ct original ip saddr . ct original proto-src : udp sport }', udp, {
      element: {
        op: 'update',
        set: 'out',
        key: 'ct original ip saddr . ct original proto-src',
        value: 'udp sport',
      },
    }),
    rule(
      'meta nfproto ipv4 meta l4proto udp update @wide { ct reply ip saddr . ct reply proto-src . ip daddr . udp dport timeout 500ms : udp sport }',
      is('meta nfproto', 'ipv4'),
      udp,
      {
        element: {
          op: 'update',
          set: 'wide',
          key: 'ct reply ip saddr . ct reply proto-src . ip daddr . udp dport',
          value: 'udp sport',
          timeout: 0.5,
        },
      },
    ),
    rule('meta l4proto udp update @into { udp sport : ct original ip daddr . ct original proto-dst }', udp, {
      element: { op: 'update', set: 'into', key: 'udp sport', value: 'ct original ip daddr . ct original proto-dst' },
    }),
    rule('add @peers { tcp sport . ip daddr }', { element: { op: 'add', set: 'peers', key: 'tcp sport . ip daddr' } }),
    rule('delete @peers { tcp dport . ip saddr timeout 4s }', {
      element: { op: 'delete', set: 'peers', key: 'tcp dport . ip saddr', timeout: 4 },
    }),
    rule('ct expiration > 4m', is('ct expiration', '240s', '>')),
    rule('ct expiration <= 1500ms', is('ct expiration', '1500ms', '<=')),
    rule('ip6 saddr fd00:0:0:1::/64 @nh,64,64 set 0x20010db80000d54f', is('ip6 saddr', 'fd00:0:0:1::/64'), {
      write: { to: '@nh,64,64', value: '0x20010db80000d54f' },
    }),
    rule('@th,128,64 0x20010db80000d54f', is('@th,128,64', '0x20010db80000d54f')),
  ],
};

const groups: readonly Group[] = [
  natural,
  {
    family: 'inet',
    base: { type: 'filter', hook: 'input', priority: 0, policy: 'accept' },
    cases: [rule('socket transparent 0 accept', is('socket transparent', 0), accept)],
  },
  {
    family: 'inet',
    base: { type: 'filter', hook: 'forward', priority: -5, policy: 'drop' },
    sets: {
      hosts: [
        'set hosts { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 192.168.1.1, 192.168.1.2-192.168.1.9, 255.255.255.0/24 } }',
        {
          key: ['ipv4_addr'],
          flags: ['interval'],
          elements: [
            { key: ['10.0.0.0/8'] },
            { key: ['192.168.1.1'] },
            { key: [{ range: ['192.168.1.2', '192.168.1.9'] }] },
            { key: ['255.255.255.0/24'] },
          ],
        },
      ],
      hosts6: [
        'set hosts6 { type ipv6_addr; elements = { fd00::1, ::1 } }',
        { key: ['ipv6_addr'], flags: [], elements: [{ key: ['::1'] }, { key: ['fd00::1'] }] },
      ],
      pairs: [
        'set pairs { type ipv4_addr . inet_service; elements = { 1.2.3.4 . 80 } }',
        { key: ['ipv4_addr', 'inet_service'], flags: [], elements: [{ key: ['1.2.3.4', 80] }] },
      ],
      ranges: [
        'set ranges { type ipv4_addr . inet_service; flags interval; elements = { 1.2.3.0/24 . 80-90, 2.2.2.2 . 5 } }',
        {
          key: ['ipv4_addr', 'inet_service'],
          flags: ['interval'],
          elements: [{ key: ['1.2.3.0/24', { range: [80, 90] }] }, { key: ['2.2.2.2', 5] }],
        },
      ],
      marked: [
        'set marked { type mark . inet_service; flags interval; elements = { 1-5 . 80 } }',
        { key: ['mark', 'inet_service'], flags: ['interval'], elements: [{ key: [{ range: [1, 5] }, 80] }] },
      ],
      names: [
        'set names { type ifname; flags interval; elements = { "eth*", "lo" } }',
        { key: ['ifname'], flags: ['interval'], elements: [{ key: ['eth*'] }, { key: ['lo'] }] },
      ],
      marks: [
        'set marks { type mark; flags interval; elements = { 1-5 } }',
        { key: ['mark'], flags: ['interval'], elements: [{ key: [{ range: [1, 5] }] }] },
      ],
      plainmarks: [
        'set plainmarks { type mark; elements = { 1, 256 } }',
        { key: ['mark'], flags: [], elements: [{ key: [1] }, { key: [256] }] },
      ],
      macs: [
        'set macs { type ether_addr; elements = { 02:00:00:00:00:01 } }',
        { key: ['ether_addr'], flags: [], elements: [{ key: ['02:00:00:00:00:01'] }] },
      ],
      protocols: [
        'set protocols { type inet_proto; flags constant; elements = { tcp, udp } }',
        { key: ['inet_proto'], flags: ['constant'], elements: [{ key: ['tcp'] }, { key: ['udp'] }] },
      ],
      seen: [
        'set seen { type ipv4_addr; flags dynamic,timeout; timeout 60s; }',
        { key: ['ipv4_addr'], flags: ['timeout', 'dynamic'], elements: [], timeout: 60 },
      ],
      fate: [
        'map fate { type inet_service : verdict; elements = { 22 : accept, 80 : jump other, 90 : drop } }',
        {
          key: ['inet_service'],
          value: ['verdict'],
          flags: [],
          elements: [
            { key: [22], value: ['accept'] },
            { key: [80], value: ['jump other'] },
            { key: [90], value: ['drop'] },
          ],
        },
      ],
      targets: [
        'map targets { type ipv4_addr : ipv4_addr . inet_service; elements = { 1.2.3.4 : 10.0.0.1 . 80 } }',
        {
          key: ['ipv4_addr'],
          value: ['ipv4_addr', 'inet_service'],
          flags: [],
          elements: [{ key: ['1.2.3.4'], value: ['10.0.0.1', 80] }],
        },
      ],
      states: [
        'map states { type mark : ct_state; elements = { 5 : new } }',
        { key: ['mark'], value: ['ct_state'], flags: [], elements: [{ key: [5], value: ['new'] }] },
      ],
      zones: [
        'map zones { type ipv4_addr : mark; flags interval; elements = { 10.0.0.0/8 : 7, 255.0.0.0/8 : 9 } }',
        {
          key: ['ipv4_addr'],
          value: ['mark'],
          flags: ['interval'],
          elements: [
            { key: ['10.0.0.0/8'], value: [7] },
            { key: ['255.0.0.0/8'], value: [9] },
          ],
        },
      ],
    },
    cases: [
      rule('ip saddr 10.0.0.1 ip daddr 10.0.0.2', is('ip saddr', '10.0.0.1'), is('ip daddr', '10.0.0.2')),
      rule('ip saddr 10.0.0.0/8 tcp dport 80 accept', is('ip saddr', '10.0.0.0/8'), is('tcp dport', 80), accept),
      rule('ip6 saddr fe80::/10', is('ip6 saddr', 'fe80::/10')),
      rule('ip6 daddr fe80::/64', is('ip6 daddr', 'fe80::/64')),
      rule('ip6 daddr != ::1', is('ip6 daddr', '::1', '!=')),
      rule('ip6 saddr fd00::1-fd00::9', is('ip6 saddr', { range: ['fd00::1', 'fd00::9'] })),
      rule('ip protocol tcp tcp dport 80', is('ip protocol', 'tcp'), is('tcp dport', 80)),
      rule('ip6 nexthdr udp udp sport 53', is('ip6 nexthdr', 'udp'), is('udp sport', 53)),
      rule('meta nfproto ipv4 tcp dport 80', is('meta nfproto', 'ipv4'), is('tcp dport', 80)),
      rule('meta nfproto ipv6 drop', is('meta nfproto', 'ipv6'), { verdict: 'drop' }),
      rule('meta protocol ip ip saddr 10.0.0.1', is('meta protocol', 'ip'), is('ip saddr', '10.0.0.1')),
      rule('icmp type echo-request accept', is('icmp type', 'echo-request'), accept),
      rule('icmp type { echo-request, echo-reply }', is('icmp type', { anyOf: ['echo-reply', 'echo-request'] })),
      rule('icmpv6 type nd-neighbor-solicit', is('icmpv6 type', 'nd-neighbor-solicit')),
      rule(
        'icmpv6 type { nd-router-advert, nd-neighbor-advert } accept',
        is('icmpv6 type', { anyOf: ['nd-router-advert', 'nd-neighbor-advert'] }),
        accept,
      ),
      rule('meta l4proto { icmp, ipv6-icmp } accept', is('meta l4proto', { anyOf: ['icmp', 'ipv6-icmp'] }), accept),
      rule(
        'ip saddr { 10.0.0.0/8, 192.168.0.1 } accept',
        is('ip saddr', { anyOf: ['10.0.0.0/8', '192.168.0.1'] }),
        accept,
      ),
      rule(
        'ip saddr { 10.0.0.1-10.0.0.9, 192.168.0.1 }',
        is('ip saddr', { anyOf: [{ range: ['10.0.0.1', '10.0.0.9'] }, '192.168.0.1'] }),
      ),
      rule('tcp dport { 22, 80-90, 443 }', is('tcp dport', { anyOf: [22, { range: [80, 90] }, 443] })),
      rule(
        'tcp dport { 1-10, 11-20, 22-23 }',
        is('tcp dport', { anyOf: [{ range: [1, 10] }, { range: [11, 20] }, { range: [22, 23] }] }),
      ),
      rule(
        'tcp dport { 22, 60000-62000, 62001-65535 }',
        is('tcp dport', { anyOf: [22, { range: [60000, 62000] }, { range: [62001, 65535] }] }),
      ),
      rule(
        'ip saddr { 10.0.1.0/24, 10.0.2.0/24, 224.0.0.0/4, 240.0.0.0/4 }',
        is('ip saddr', { anyOf: ['10.0.1.0/24', '10.0.2.0/24', '224.0.0.0/4', '240.0.0.0/4'] }),
      ),
      rule('tcp dport { 1-10, 5-20, 22 }', is('tcp dport', { anyOf: [{ range: [1, 10] }, { range: [5, 20] }, 22] })),
      rule(
        'tcp dport { 0-10, 60000-65535 }',
        is('tcp dport', { anyOf: [{ range: [0, 10] }, { range: [60000, 65535] }] }),
      ),
      rule('tcp dport { 80 }', is('tcp dport', { anyOf: [80] })),
      rule('tcp dport != { 80, 81 }', is('tcp dport', { anyOf: [80, 81] }, '!=')),
      rule('sctp sport 4 sctp dport 3', is('sctp sport', 4), is('sctp dport', 3)),
      rule('th dport 53', is('th dport', 53)),
      rule('meta l4proto { tcp, udp } th dport 53', is('meta l4proto', { anyOf: ['tcp', 'udp'] }), is('th dport', 53)),
      rule('meta l4proto != tcp tcp dport 3', is('meta l4proto', 'tcp', '!='), is('tcp dport', 3)),
      rule('ip saddr @hosts', is('ip saddr', { set: 'hosts' })),
      rule('ip saddr != @hosts', is('ip saddr', { set: 'hosts' }, '!=')),
      rule('ip6 saddr @hosts6', is('ip6 saddr', { set: 'hosts6' })),
      rule('ip saddr . tcp dport @pairs', is('ip saddr . tcp dport', { set: 'pairs' })),
      rule('ip saddr . tcp dport @ranges accept', is('ip saddr . tcp dport', { set: 'ranges' }), accept),
      rule('meta mark . tcp dport @marked', is('meta mark . tcp dport', { set: 'marked' })),
      rule(
        'ip saddr . tcp dport { 1.2.3.4 . 80, 2.3.4.5 . 90-100 }',
        is('ip saddr . tcp dport', { anyOf: ['1.2.3.4 . 80', '2.3.4.5 . 90-100'] }),
      ),
      rule(
        'iifname . tcp dport { "lo" . 80, "eth0" . 90 }',
        is('iifname . tcp dport', { anyOf: ['lo . 80', 'eth0 . 90'] }),
      ),
      rule('tcp dport vmap @fate', { vmap: { left: 'tcp dport', set: 'fate' } }),
      rule('iifname @names', is('iifname', { set: 'names' })),
      rule('iifname { "eth*", "lo" }', is('iifname', { anyOf: ['eth*', 'lo'] })),
      rule('oifname { "eth0", "lo" }', is('oifname', { anyOf: ['lo', 'eth0'] })),
      rule('meta mark @marks', is('meta mark', { set: 'marks' })),
      rule('meta mark @plainmarks', is('meta mark', { set: 'plainmarks' })),
      rule('meta mark { 1-5, 8 }', is('meta mark', { anyOf: [{ range: [1, 5] }, 8] })),
      rule('meta l4proto @protocols', is('meta l4proto', { set: 'protocols' })),
      rule('ether saddr 02:00:00:00:00:01', is('ether saddr', '02:00:00:00:00:01')),
      rule('ether saddr @macs', is('ether saddr', { set: 'macs' })),
      rule('ether type ip', is('ether type', 'ip')),
      rule('ether type ip ip saddr 1.2.3.4', is('ether type', 'ip'), is('ip saddr', '1.2.3.4')),
      rule('ct state established,related accept', is('ct state', { anyOf: ['established', 'related'] }, 'in'), accept),
      rule('ct state { established, related } accept', is('ct state', { anyOf: ['established', 'related'] }), accept),
      rule('ct state invalid drop', is('ct state', 'invalid', 'in'), { verdict: 'drop' }),
      rule('ct state == established', is('ct state', 'established')),
      rule('ct state != established', is('ct state', 'established', '!=')),
      rule('ct state != { established, new }', is('ct state', { anyOf: ['established', 'new'] }, '!=')),
      rule('ct status dnat', is('ct status', 'dnat', 'in')),
      rule('ct status snat,dnat', is('ct status', { anyOf: ['snat', 'dnat'] }, 'in')),
      rule('ct mark 7 ct direction reply', is('ct mark', 7), is('ct direction', 'reply')),
      rule('fib daddr type local', is('fib daddr type', 'local')),
      rule(
        'fib daddr type != { local, broadcast } drop',
        is('fib daddr type', { anyOf: ['local', 'broadcast'] }, '!='),
        { verdict: 'drop' },
      ),
      rule('reject', { reject: {} }),
      rule('reject with tcp reset', { reject: { with: 'tcp reset' } }),
      rule('tcp dport 113 reject with tcp reset', is('tcp dport', 113), { reject: { with: 'tcp reset' } }),
      rule('reject with icmp type host-unreachable', { reject: { with: 'icmp host-unreachable' } }),
      rule('reject with icmpv6 type no-route', { reject: { with: 'icmpv6 no-route' } }),
      rule('reject with icmpx type admin-prohibited', { reject: { with: 'icmpx admin-prohibited' } }),
      rule('log', { log: {} }),
      rule('log prefix "hi "', { log: { prefix: 'hi ' } }),
      rule('log prefix "hi" group 2', { log: { prefix: 'hi', group: 2 } }),
      rule('limit rate 10/second', { limit: { rate: 10, per: 'second' } }),
      rule(
        'limit rate over 10/minute burst 20 packets drop',
        { limit: { rate: 10, per: 'minute', burst: 20, over: true } },
        { verdict: 'drop' },
      ),
      rule('limit rate 3/week', { limit: { rate: 3, per: 'week' } }),
      rule('counter packets 3 bytes 4 accept', { counter: { packets: 3, bytes: 4 } }, accept),
      { ...rule('counter accept comment "let in"', { counter: {} }, accept), comment: 'let in' },
      rule('jump other', { jump: 'other' }),
      rule('goto other', { goto: 'other' }),
      rule('return', { verdict: 'return' }),
      rule('continue', { verdict: 'continue' }),
      rule('meta mark set 5', { set: { key: 'meta mark', value: 5 } }),
      rule('ct mark set 0xffffffff', { set: { key: 'ct mark', value: 0xffffffff } }),
    ],
  },
  {
    family: 'ip',
    base: filter,
    cases: [
      rule('ip saddr 10.0.0.0/20', is('ip saddr', '10.0.0.0/20')),
      rule('ip saddr != 10.0.0.0/24', is('ip saddr', '10.0.0.0/24', '!=')),
      rule('ip saddr 0.0.0.0/0', is('ip saddr', '0.0.0.0/0')),
      rule('ip saddr 10.0.0.1-10.0.0.9', is('ip saddr', { range: ['10.0.0.1', '10.0.0.9'] })),
      rule('ip saddr != 10.0.0.1-10.0.0.9', is('ip saddr', { range: ['10.0.0.1', '10.0.0.9'] }, '!=')),
      rule('ip saddr > 10.0.0.1', is('ip saddr', '10.0.0.1', '>')),
      rule('tcp dport 80', is('tcp dport', 80)),
      rule('tcp dport != 80-90', is('tcp dport', { range: [80, 90] }, '!=')),
      rule('tcp dport 80-90', is('tcp dport', { range: [80, 90] })),
      rule('udp dport >= 1024 udp sport < 5', is('udp dport', 1024, '>='), is('udp sport', 5, '<')),
      rule('ip protocol tcp tcp dport 80', is('ip protocol', 'tcp'), is('tcp dport', 80)),
      rule('meta l4proto tcp tcp dport 80', is('meta l4proto', 'tcp'), is('tcp dport', 80)),
      rule('icmp type != echo-request', is('icmp type', 'echo-request', '!=')),
      rule('iifname "eth0"', is('iifname', 'eth0')),
      rule('iifname "eth*"', is('iifname', 'eth*')),
      rule('oifname != "eth*"', is('oifname', 'eth*', '!=')),
      rule('iif lo', is('iif', 'lo')),
      rule('iif != "lo"', is('iif', 'lo', '!=')),
      rule('iif { lo }', is('iif', { anyOf: ['lo'] })),
      rule('meta mark 5', is('meta mark', 5)),
      rule('meta mark < 5', is('meta mark', 5, '<')),
      rule('meta mark 3-9', is('meta mark', { range: [3, 9] })),
      rule('meta mark != 3-9', is('meta mark', { range: [3, 9] }, '!=')),
      rule('meta mark { 3, 9 }', is('meta mark', { anyOf: [3, 9] })),
      rule('reject', { reject: {} }),
      rule('reject with icmp type admin-prohibited', { reject: { with: 'icmp admin-prohibited' } }),
      rule('ether daddr 02:00:00:00:00:01', is('ether daddr', '02:00:00:00:00:01')),
      rule('meta protocol ip', is('meta protocol', 'ip')),
    ],
  },
  {
    family: 'ip6',
    base: { type: 'filter', hook: 'output', priority: 10, policy: 'accept' },
    cases: [
      rule('ip6 saddr ::1', is('ip6 saddr', '::1')),
      rule('ip6 saddr { fd00::/8, ::1 }', is('ip6 saddr', { anyOf: ['::1', 'fd00::/8'] })),
      rule('icmpv6 type echo-request', is('icmpv6 type', 'echo-request')),
      rule('icmp type echo-request', is('icmp type', 'echo-request')),
      rule('meta skuid 1000', is('meta skuid', 1000)),
      rule('meta skuid > 1000', is('meta skuid', 1000, '>')),
      rule('meta skuid { 1000, 1002-1005 }', is('meta skuid', { anyOf: [1000, { range: [1002, 1005] }] })),
      rule('reject', { reject: {} }),
      rule('reject with icmpv6 type addr-unreachable', { reject: { with: 'icmpv6 addr-unreachable' } }),
    ],
  },
  {
    family: 'inet',
    base: { type: 'nat', hook: 'postrouting', priority: 100, policy: 'accept' },
    sets: natMaps,
    cases: [
      rule('snat ip to tcp dport map @hosts', { snat: { family: 'ip', address: { map: 'hosts', by: 'tcp dport' } } }),
      rule('snat ip to ip saddr . tcp sport map @targets persistent', {
        snat: { family: 'ip', address: { map: 'targets', by: 'ip saddr . tcp sport' }, persistent: true },
      }),
      rule('meta l4proto tcp snat ip to 10.0.0.1:tcp dport map @ports', is('meta l4proto', 'tcp'), {
        snat: { family: 'ip', address: '10.0.0.1' as never, ports: { map: 'ports', by: 'tcp dport' } },
      }),
      rule('meta l4proto tcp masquerade to :tcp dport map @ports random', is('meta l4proto', 'tcp'), {
        masquerade: { ports: { map: 'ports', by: 'tcp dport' }, random: true },
      }),
      rule('ip protocol tcp masquerade to :tcp dport map @ports', is('ip protocol', 'tcp'), {
        masquerade: { ports: { map: 'ports', by: 'tcp dport' } },
      }),
      rule('ip saddr 10.0.0.0/24 oifname "eth0" masquerade', is('ip saddr', '10.0.0.0/24'), is('oifname', 'eth0'), {
        masquerade: {},
      }),
      rule('masquerade random,persistent', { masquerade: { random: true, persistent: true } }),
      rule('masquerade fully-random', { masquerade: { fullyRandom: true } }),
      rule('meta l4proto tcp masquerade to :1000-2000', is('meta l4proto', 'tcp'), {
        masquerade: { ports: [1000, 2000] },
      }),
      rule('meta l4proto tcp masquerade to :1000', is('meta l4proto', 'tcp'), { masquerade: { ports: [1000, 1000] } }),
      rule('snat ip to 10.0.0.1', { snat: { family: 'ip', address: '10.0.0.1' as never } }),
      rule('snat ip to 10.0.0.1-10.0.0.5 persistent', {
        snat: { family: 'ip', address: ['10.0.0.1', '10.0.0.5'] as never, persistent: true },
      }),
      rule('tcp dport 5 snat ip to 10.0.0.1:1000-2000 random', is('tcp dport', 5), {
        snat: { family: 'ip', address: '10.0.0.1' as never, ports: [1000, 2000], random: true },
      }),
      rule('tcp dport 5 snat ip6 to [fd00::1]:1000', is('tcp dport', 5), {
        snat: { family: 'ip6', address: 'fd00::1' as never, ports: 1000 },
      }),
    ],
  },
  {
    family: 'inet',
    base: { type: 'nat', hook: 'prerouting', priority: -100, policy: 'accept' },
    sets: natMaps,
    cases: [
      rule('dnat ip to udp dport map @hosts', { dnat: { family: 'ip', address: { map: 'hosts', by: 'udp dport' } } }),
      rule('dnat ip to ip daddr . tcp dport map @targets', {
        dnat: { family: 'ip', address: { map: 'targets', by: 'ip daddr . tcp dport' } },
      }),
      rule('dnat ip to ip daddr . tcp dport map @ranged', {
        dnat: { family: 'ip', address: { map: 'ranged', by: 'ip daddr . tcp dport' } },
      }),
      rule('dnat ip to meta l4proto . ip daddr . th dport map @published', {
        dnat: { family: 'ip', address: { map: 'published', by: 'meta l4proto . ip daddr . th dport' } },
      }),
      rule('dnat ip6 to meta l4proto . ip6 daddr . th dport map @published6', {
        dnat: { family: 'ip6', address: { map: 'published6', by: 'meta l4proto . ip6 daddr . th dport' } },
      }),
      rule('dnat ip6 to ip6 daddr map @prefixes6', {
        dnat: { family: 'ip6', address: { map: 'prefixes6', by: 'ip6 daddr' } },
      }),
      rule(
        'fib daddr type local dnat ip to iifname . meta l4proto . th dport map @arrived',
        is('fib daddr type', 'local'),
        {
          dnat: { family: 'ip', address: { map: 'arrived', by: 'iifname . meta l4proto . th dport' } },
        },
      ),
    ],
  },
  {
    family: 'ip',
    base: { type: 'nat', hook: 'prerouting', priority: -100, policy: 'accept' },
    cases: [
      rule('tcp dport 80 dnat to 10.0.0.1:8080', is('tcp dport', 80), {
        dnat: { family: 'ip', address: '10.0.0.1' as never, ports: 8080 },
      }),
      rule('ip daddr 1.2.3.4 dnat to 10.0.0.1', is('ip daddr', '1.2.3.4'), {
        dnat: { family: 'ip', address: '10.0.0.1' as never },
      }),
      rule('tcp dport 80 dnat to :8080', is('tcp dport', 80), { dnat: { family: 'ip', ports: 8080 } }),
      rule('tcp dport 80 dnat to 10.0.0.1-10.0.0.9:8080-8090', is('tcp dport', 80), {
        dnat: { family: 'ip', address: ['10.0.0.1', '10.0.0.9'] as never, ports: [8080, 8090] },
      }),
    ],
  },
  {
    family: 'bridge',
    base: { type: 'filter', hook: 'forward', priority: -200, policy: 'accept' },
    cases: [
      rule('ip saddr 1.2.3.4', is('ip saddr', '1.2.3.4')),
      rule('ip6 saddr ::1', is('ip6 saddr', '::1')),
      rule('tcp dport 80', is('tcp dport', 80)),
      rule('ether type arp', is('ether type', 'arp')),
      rule('ether saddr 02:00:00:00:00:01 drop', is('ether saddr', '02:00:00:00:00:01'), { verdict: 'drop' }),
      rule('icmp type echo-request', is('icmp type', 'echo-request')),
      rule('icmpv6 type echo-request', is('icmpv6 type', 'echo-request')),
      rule('iifname "a" oifname "b" accept', is('iifname', 'a'), is('oifname', 'b'), accept),
    ],
  },
  {
    family: 'netdev',
    base: { type: 'filter', hook: 'ingress', priority: 0, policy: 'accept', device: 'lo' },
    cases: [
      rule('ip saddr 1.2.3.4 drop', is('ip saddr', '1.2.3.4'), { verdict: 'drop' }),
      rule('tcp dport 80', is('tcp dport', 80)),
      rule('icmp type echo-request', is('icmp type', 'echo-request')),
      rule('ether saddr 02:00:00:00:00:01', is('ether saddr', '02:00:00:00:00:01')),
    ],
  },
  {
    family: 'arp',
    base: filter,
    cases: [
      rule(
        'iifname "a" ether saddr 02:00:00:00:00:01 drop',
        is('iifname', 'a'),
        is('ether saddr', '02:00:00:00:00:01'),
        { verdict: 'drop' },
      ),
    ],
  },
];

const nameOf = (i: number): string => `t${i}`;

function tableOf({ family, base, sets = {}, cases }: Group, i: number): TableState {
  return {
    family,
    name: nameOf(i),
    chains: {
      other: { rules: [] },
      main: {
        base,
        rules: cases.map(({ statements, comment }) => ({ statements, ...(comment === undefined ? {} : { comment }) })),
      },
    },
    sets: Object.fromEntries(Object.entries(sets).map(([name, [, set]]) => [name, set])),
  };
}

function script(): string {
  return groups
    .map(({ family, base, sets = {}, cases }, i) => {
      const device = base.device === undefined ? '' : ` device "${base.device}"`;
      return [
        `table ${family} ${nameOf(i)} {`,
        'chain other {}',
        ...Object.values(sets).map(([text]) => text),
        `chain main { type ${base.type} hook ${base.hook}${device} priority ${base.priority}; policy ${base.policy};`,
        ...cases.map((one) => one.rule),
        '}',
        '}',
      ].join('\n');
    })
    .join('\n');
}

type Listed = Record<string, Record<string, unknown>>;

/** What nft lists, without the numbers that the kernel gave out. */
function listed(): readonly Listed[] {
  const { status, stdout, stderr } = spawnSync('nft', ['-j', 'list', 'ruleset'], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const { nftables } = JSON.parse(stdout) as { nftables: Listed[] };
  return nftables
    .filter((entry) => !('metainfo' in entry))
    .map((entry) =>
      Object.fromEntries(Object.entries(entry).map(([kind, { handle: _handle, ...rest }]) => [kind, rest])),
    );
}

const rulesOf = (entries: readonly Listed[]): readonly Record<string, unknown>[] =>
  entries.flatMap(({ rule: one }) => (one === undefined ? [] : [one]));

const others = (entries: readonly Listed[]): readonly Listed[] => entries.filter((entry) => !('rule' in entry));

/** Runs `fn` in a new network namespace that is gone afterwards. */
const inNamespace = <T>(fn: (socket: NetlinkSocket) => T): T =>
  visitNamespaces((thread) => {
    thread.create();
    using socket = NetlinkSocket.open(NETLINK_NETFILTER);
    return fn(socket);
  });

function install(socket: NetlinkSocket, tables: readonly TableState[]): void {
  const transaction = new Transaction();
  for (const table of tables) transaction.replaceTable(table);
  transaction.commit(socket);
}

suite('nft and Netwright', { skip }, () => {
  const byNft = inNamespaceOrSkip(() =>
    inNamespace((socket) => {
      const { status, stderr } = spawnSync('nft', ['-f', '-'], { input: script(), encoding: 'utf8' });
      assert.equal(status, 0, stderr);
      return { listed: listed(), read: listTables(socket) };
    }),
  );
  const byUs = inNamespaceOrSkip(() =>
    inNamespace((socket) => {
      install(socket, groups.map(tableOf));
      const read = listTables(socket);
      const first = listed();
      // What was read can be put back, and is the same.
      install(socket, read);
      return { listed: first, read, again: listTables(socket), listedAgain: listed() };
    }),
  );
  if (byNft === undefined || byUs === undefined) return;

  const cases = groups.flatMap(({ family, cases: list }) => list.map((one) => ({ family, ...one })));
  const [theirs, ours] = [rulesOf(byNft.listed), rulesOf(byUs.listed)];
  cases.forEach(({ family, rule: text }, i) => {
    test(`${family}: ${text}`, () => {
      assert.deepEqual(ours[i], theirs[i]);
    });
  });

  test('tables, chains and sets are listed alike', () => {
    assert.deepEqual(others(byUs.listed), others(byNft.listed));
    assert.equal(ours.length, cases.length);
    assert.equal(theirs.length, cases.length);
  });

  groups.forEach((group, i) => {
    test(`table ${i}, ${group.family}, reads back as described`, () => {
      const described = canonicalTable(tableOf(group, i));
      assert.deepEqual(normaliseTable(byUs.read[i]!), described);
      assert.deepEqual(normaliseTable(byNft.read[i]!), described);
    });
  });

  test('what was read can be put back', () => {
    assert.deepEqual(byUs.again, byUs.read);
    assert.deepEqual(byUs.listedAgain, byUs.listed);
  });
});

function inNamespaceOrSkip<T>(fn: () => T): T | undefined {
  return skip === false ? fn() : undefined;
}

const empty = (name: string): TableState => ({ family: 'inet', name, chains: {}, sets: {} });

const numbered = (name: string, i: number): TableState => ({
  ...empty(name),
  comment: `number ${i}`,
  chains: {
    c: { rules: [{ statements: [is('tcp dport', { anyOf: [i, 1000] }), accept], comment: `rule of ${name}` }] },
  },
  sets: { ports: { key: ['inet_service'], flags: [], elements: [{ key: [i] }] } },
});

suite('transactions', { skip }, () => {
  test('an error names what failed, and nothing was changed', () => {
    inNamespace((socket) => {
      const table: TableState = {
        ...empty('t'),
        chains: { postrouting: { rules: [{ statements: [accept] }, { statements: [{ jump: 'nowhere' }] }] } },
      };
      assert.throws(
        () => install(socket, [table]),
        (error: NetlinkError) => {
          assert.match(error.message, /add rule 2 to chain postrouting of table inet t/);
          assert.equal(error.code, 'ENOENT');
          return true;
        },
      );
      assert.deepEqual(listTables(socket), []);
    });
  });

  test('a table that exists is not added again, but replaced', () => {
    inNamespace((socket) => {
      install(socket, [{ ...empty('t'), comment: 'one' }]);
      const again = new Transaction();
      again.addTable(empty('t'));
      assert.throws(() => again.commit(socket), { code: 'EEXIST' });
      install(socket, [{ ...empty('t'), comment: 'two' }]);
      assert.deepEqual(listTables(socket), [{ ...empty('t'), comment: 'two' }]);
    });
  });

  test('a table is deleted; one that does not exist is an error, unless it may be missing', () => {
    inNamespace((socket) => {
      install(socket, [empty('a'), empty('b')]);
      const some = new Transaction();
      some.deleteTable('inet', 'a');
      some.deleteTableIfExists('ip', 'none');
      some.commit(socket);
      assert.deepEqual(
        listTables(socket).map(({ name }) => name),
        ['b'],
      );
      const none = new Transaction();
      none.deleteTable('inet', 'a');
      assert.throws(() => none.commit(socket), { code: 'ENOENT' });
    });
  });

  test('some of many tables are listed as each of them alone, and what others hold is none of theirs', () => {
    inNamespace((socket) => {
      const tables = Array.from({ length: 20 }, (_, i) => numbered(`t${i}`, i + 1));
      install(socket, [...tables, ...tables.map((of) => ({ ...of, family: 'ip' as const }))]);
      const only = tables.filter((_, i) => i % 2 === 0);
      assert.ok(only.length > 8);
      const found = listTables(socket, { only });
      assert.deepEqual(
        found,
        only.flatMap((one) => listTables(socket, { only: [one] })),
      );
      assert.deepEqual(
        found,
        only.map((of) => canonicalTable(of)),
      );
    });
  });

  test('chains, sets and elements come and go', () => {
    inNamespace((socket) => {
      const ports: SetState = { key: ['inet_service'], flags: ['interval'], elements: [{ key: [22] }] };
      const table: TableState = {
        ...empty('t'),
        chains: { a: { rules: [{ statements: [accept] }] }, b: { rules: [] } },
        sets: { ports, spare: ports },
      };
      install(socket, [table]);
      const change = new Transaction();
      change.flushChain(table, 'a');
      change.addRule(table, 'a', { statements: [is('tcp dport', { set: 'ports' })], comment: 'é' });
      change.deleteChain(table, 'b');
      change.addElements(table, 'ports', ports, [{ key: [{ range: [80, 90] }] }, { key: [91] }]);
      change.deleteElements(table, 'ports', ports, [{ key: [22] }]);
      change.deleteSet(table, 'spare');
      change.commit(socket);
      assert.deepEqual(listTables(socket), [
        {
          ...empty('t'),
          chains: { a: { rules: [{ statements: [is('tcp dport', { set: 'ports' })], comment: 'é' }] } },
          sets: { ports: { ...ports, elements: [{ key: [{ range: [80, 90] }] }, { key: [91] }] } },
        },
      ]);
      const flush = new Transaction();
      flush.flushSet(table, 'ports');
      flush.commit(socket);
      assert.deepEqual(listTables(socket)[0]!.sets['ports']!.elements, []);
    });
  });

  test('a map of many elements goes in whole', () => {
    inNamespace((socket) => {
      const elements = Array.from({ length: 20_000 }, (_, i) => ({
        key: [`10.1.${i >> 8}.${i & 255}`],
        value: [`10.2.${i >> 8}.${i & 255}`, 80],
      }));
      const map: SetState = { key: ['ipv4_addr'], value: ['ipv4_addr', 'inet_service'], flags: [], elements };
      install(socket, [{ ...empty('t'), sets: { map } }]);
      assert.deepEqual(listTables(socket)[0]!.sets['map'], map);
    });
  });

  test('what has no words stays, and can be put back', () => {
    inNamespace((socket) => {
      const text = `table inet t {
        map m { type inet_service : ipv4_addr; elements = { 80 : 10.0.0.1 } }
        chain c { type nat hook prerouting priority 0;
          tcp dport { 1, 2 } redirect to :8080
          dnat ip to tcp dport map @m
          tcp dport vmap { 22 : accept, 80 : drop }
          dnat ip to tcp dport map { 80 : 10.0.0.1, 81 : 10.0.0.2 }
          meta mark and 0xff == 1 accept
          meta mark set meta mark or 0x10
          ct original ip saddr 1.2.3.4 drop
          ip saddr 1.2.3.4 log level debug counter
          ether type ip accept
          tcp flags syn / fin,syn,rst,ack limit rate 5 mbytes/second
          jhash ip saddr mod 2 vmap { 0 : accept, 1 : drop }
        }
      }`;
      const { status, stderr } = spawnSync('nft', ['-f', '-'], { input: text, encoding: 'utf8' });
      assert.equal(status, 0, stderr);
      const [before, read] = [listed(), listTables(socket)];
      assert.ok(JSON.stringify(read).includes('"raw"'));
      install(socket, read);
      assert.deepEqual(listed(), before);
      assert.deepEqual(listTables(socket), read);
    });
  });
});
