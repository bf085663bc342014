import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { Bytes, EncodeError, Writer } from '../../wire/index.ts';
import type { Expr } from '../expr/index.ts';
import type { MatchOperator, MatchValue, Selector, SetState, Statement, TableFamily } from '../../state/index.ts';
import { rule as ruleMessage } from '../schema/index.ts';
import { canonicalSet } from '../normalise.ts';
import { anonymousSets, decodeRule } from './decode.ts';
import { encodeRule } from './encode.ts';
import { dataType } from '../datatypes/index.ts';
import { partsOf } from './selectors.ts';

/** Encodes a rule to bytes and decodes them. */
function roundTrip(
  family: TableFamily,
  statements: readonly Statement[],
): { expressions: readonly Expr[]; back: readonly Statement[] } {
  const { expressions, sets } = encodeRule(family, statements, { interfaces, sets: maps });
  const to = new Writer();
  ruleMessage.write(to, { family: 1, version: 0, resourceId: 0, expressions: [...expressions] });
  const read = ruleMessage.read(new Bytes(to.written()), 0, to.length).expressions ?? [];
  const anonymous = anonymousSets(sets.map((added) => ({ ...added, set: canonicalSet(added.set, true) })));
  return { expressions, back: decodeRule(family, read, { anonymous, interfaces, sets: maps }).statements };
}

const interfaces = new Map([
  ['lo', 1],
  ['eth0', 7],
]);

const map = (key: readonly string[], value: readonly string[], ...flags: readonly 'interval'[]): SetState => ({
  key,
  value,
  flags,
  elements: [],
});
const maps: Readonly<Record<string, SetState>> = {
  hosts: map(['inet_service'], ['ipv4_addr']),
  published: map(['inet_proto', 'ipv4_addr', 'inet_service'], ['ipv4_addr', 'inet_service']),
  ranges: map(['ipv4_addr', 'inet_service'], ['ipv4_addr'], 'interval'),
  published6: map(['ipv6_addr', 'inet_service'], ['ipv6_addr', 'inet_service']),
  prefixes6: map(['ipv6_addr'], ['ipv6_addr'], 'interval'),
  ports: map(['inet_service'], ['inet_service']),
  seen: { key: ['ipv4_addr', 'inet_service'], flags: ['timeout', 'dynamic'], elements: [] },
  mapped: { key: ['inet_service'], value: ['ipv4_addr', 'inet_service'], flags: ['dynamic'], elements: [] },
};

const is = (left: string, right: MatchValue, op: MatchOperator = '=='): Statement => ({
  match: { left: left as Selector, op, right },
});

suite('decoding an encoded rule returns its statements', () => {
  const exact: readonly (readonly [TableFamily, readonly Statement[]])[] = [
    [
      'inet',
      [is('ip saddr', '10.0.0.0/8'), is('tcp dport', { anyOf: [22, { range: [80, 90] }] }), { verdict: 'accept' }],
    ],
    ['inet', [is('tcp dport', 113), { reject: { with: 'tcp reset' } }]],
    ['inet', [{ reject: { with: 'tcp reset' } }]],
    ['inet', [{ reject: {} }]],
    ['inet', [is('ct state', 'established', 'in'), { flowAdd: 'flows' }]],
    ['ip', [is('iif', 'eth0'), is('oif', { anyOf: ['lo', 'eth0'] })]],
    ['ip', [is('iifname', 'eth*'), is('iifname', 'a\\*', '!=')]],
    ['ip', [is('iifname', { anyOf: ['eth*', 'lo'] })]],
    ['ip', [is('ip saddr', { anyOf: ['10.0.0.0/24', '10.0.2.0/24'] })]],
    ['bridge', [is('ether type', 'arp'), { verdict: 'drop' }]],
    ['bridge', [is('meta protocol', 'ip'), { log: {} }, is('ip saddr', '1.2.3.4')]],
    ['inet', [is('meta nfproto', 'ipv4'), { counter: { packets: 1, bytes: 2 } }, is('ip saddr', '1.2.3.4')]],
    ['inet', [is('ether saddr', '02:00:00:00:00:01'), is('ether type', 'ip'), is('icmp type', 'echo-request')]],
    ['inet', [is('ip saddr . tcp dport', { anyOf: ['10.0.0.1 . 80', '10.0.0.2 . 90-99'] })]],
    ['inet', [is('ct state', 'established', 'in'), is('ct state', { anyOf: ['established', 'related'] }, 'in')]],
    ['inet', [is('ct state', { anyOf: ['established', 'related'] })]],
    ['netdev', [is('icmpv6 type', { anyOf: ['nd-neighbor-solicit', 'nd-neighbor-advert'] })]],
    [
      'inet',
      [
        { dnat: { family: 'ip6', ports: [1, 2], random: true } },
        { snat: { family: 'ip', address: '10.0.0.1' as never } },
      ],
    ],
    ['inet', [{ dnat: { family: 'ip', address: { map: 'hosts', by: 'tcp dport' }, persistent: true } }]],
    ['ip', [{ dnat: { family: 'ip', address: { map: 'hosts', by: 'udp sport' }, ports: [1, 9] } }]],
    ['inet', [{ dnat: { family: 'ip', address: { map: 'published', by: 'meta l4proto . ip daddr . th dport' } } }]],
    ['inet', [{ snat: { family: 'ip', address: { map: 'ranges', by: 'ip daddr . tcp dport' } } }]],
    ['ip6', [{ dnat: { family: 'ip6', address: { map: 'published6', by: 'ip6 daddr . udp dport' } } }]],
    ['inet', [{ snat: { family: 'ip6', address: { map: 'prefixes6', by: 'ip6 saddr' } } }, { verdict: 'accept' }]],
    [
      'inet',
      [
        is('meta l4proto', 'tcp'),
        { dnat: { family: 'ip', address: '10.0.0.1' as never, ports: { map: 'ports', by: 'tcp dport' } } },
      ],
    ],
    ['inet', [is('udp dport', 53), { dnat: { family: 'ip6', ports: { map: 'ports', by: 'udp dport' } } }]],
    ['inet', [is('udp dport', 53), { masquerade: { ports: { map: 'ports', by: 'udp sport' }, random: true } }]],
    [
      'inet',
      [is('udp dport', 53), { snat: { family: 'ip', address: '10.0.0.1' as never, ports: { by: 'udp sport' } } }],
    ],
    ['inet', [is('udp sport & 7 ^ 8', { set: 'mapped' }, '!='), is('udp sport', 5)]],
    ['inet', [{ element: { op: 'add', set: 'seen', key: 'ip saddr . tcp sport' } }, { verdict: 'drop' }]],
    [
      'inet',
      [
        is('meta l4proto', 'udp'),
        {
          element: {
            op: 'update',
            set: 'mapped',
            key: 'udp sport',
            value: 'ct original ip saddr . ct original proto-src',
            timeout: 3,
          },
        },
        { element: { op: 'delete', set: 'seen', key: 'ct reply ip saddr . ct reply proto-src' } },
      ],
    ],
    ['inet', [is('ct expiration', '1500ms', '<='), is('socket transparent', 0)]],
    ['ip6', [is('@th,128,64', '0x00000000000000ff'), { write: { to: '@nh,192,64', value: '0x20010db800000001' } }]],
    ['inet', [{ raw: { name: 'future', data: 'c0ffee' } }, { raw: { name: 'notrack', data: '' } }]],
    ['ip', [is('meta mark', 0xffffffff, '<='), is('meta mark', { range: [1, 0x80000000] }, '!=')]],
    ['ip', [{ vmap: { left: 'meta mark', set: 'fate' } }, { set: { key: 'ct mark', value: 0xdeadbeef } }]],
    ['inet', [is('th dport', 53), { set: { key: 'meta nftrace', value: 1 } }]],
  ];
  for (const [family, statements] of exact) {
    test(`${family} ${JSON.stringify(statements)}`, () => {
      assert.deepEqual(roundTrip(family, statements).back, statements);
    });
  }

  const same: readonly (readonly [TableFamily, readonly Statement[], readonly Statement[]])[] = [
    ['inet', [is('meta l4proto', 'tcp'), is('tcp dport', 80)], [is('tcp dport', 80)]],
    ['inet', [is('meta l4proto', 'icmpv6')], [is('meta l4proto', 'ipv6-icmp')]],
    ['inet', [is('ip saddr', '10.1.2.3/8')], [is('ip saddr', '10.0.0.0/8')]],
    ['inet', [is('tcp dport', { anyOf: [80] })], [is('tcp dport', 80)]],
    ['ip', [is('ip saddr', { anyOf: ['10.0.0.0/24', '10.0.1.0/24'] })], [is('ip saddr', '10.0.0.0/23')]],
    [
      'ip',
      [is('ip saddr', { anyOf: ['10.0.1.0/24', '10.0.2.0/24', '224.0.0.0/4', '240.0.0.0/4'] })],
      [is('ip saddr', { anyOf: [{ range: ['10.0.1.0', '10.0.2.255'] }, '224.0.0.0/3'] })],
    ],
    ['inet', [is('tcp dport', { anyOf: [81, 80] })], [is('tcp dport', { anyOf: [80, 81] })]],
    [
      'inet',
      [is('tcp dport', { anyOf: [{ range: [1, 5] }, { range: [4, 9] }] })],
      [is('tcp dport', { range: [1, 9] })],
    ],
    ['ip', [{ reject: { with: 'icmp type port-unreachable' } }], [{ reject: {} }]],
    ['ip', [{ limit: { rate: 1, per: 'day', burst: 5 } }], [{ limit: { rate: 1, per: 'day' } }]],
    ['ip', [is('meta mark', '0x10')], [is('meta mark', 16)]],
  ];
  for (const [family, given, canonical] of same) {
    test(`${family} ${JSON.stringify(given)} is decoded in canonical form`, () => {
      assert.deepEqual(roundTrip(family, given).back, canonical);
    });
  }
});

test('rules that cannot match any packet are refused', () => {
  assert.throws(() => encodeRule('inet', [is('tcp dport', 1), is('udp dport', 1)]), EncodeError);
  assert.throws(() => encodeRule('ip', [is('ip6 saddr', '::1')]), EncodeError);
  assert.throws(
    () => encodeRule('inet', [is('ip saddr', '1.2.3.4'), is('ip6 saddr', '::1')]),
    /matches ip and ip6, but/,
  );
});

test('unknown names are refused with a suggestion, and invalid values are refused', () => {
  assert.throws(() => encodeRule('inet', [is('ct state', 'establshed')]), /did you mean "established"/);
  assert.throws(() => encodeRule('inet', [is('tcp dprt', 1)]), /did you mean "tcp dport"/);
  assert.throws(() => encodeRule('inet', [is('tcp dport', 65536)]), EncodeError);
  assert.throws(() => encodeRule('inet', [is('ip saddr', '10.0.0.0/33')]), EncodeError);
  assert.throws(() => encodeRule('inet', [is('ip saddr', 'fd00::1')]), EncodeError);
  assert.throws(() => encodeRule('inet', [is('iifname', 'a-name-that-is-too-long')]), EncodeError);
});

const dnatTo =
  (address: object, more: object = {}) =>
  () =>
    encodeRule('inet', [{ dnat: { family: 'ip', address, ...more } } as Statement], { sets: maps });

test('the map of a NAT target must exist and have values of the right type', () => {
  assert.throws(dnatTo({ map: 'no', by: 'tcp dport' }), /no map "no"/);
  assert.throws(
    dnatTo({ map: 'published6', by: 'ip6 daddr . tcp dport' }),
    /values of type ipv6_addr . inet_service, not/,
  );
  assert.throws(
    dnatTo({ map: 'published', by: 'meta l4proto . ip daddr . th dport' }, { ports: 1 }),
    /already contains ports/,
  );
});

const put = (element: object) => () => encodeRule('inet', [{ element } as Statement], { sets: maps });

test('elements that packets add must have the types of their set', () => {
  assert.throws(put({ op: 'add', set: 'no', key: 'ip saddr' }), /no set "no"/);
  assert.throws(put({ op: 'add', set: 'seen', key: 'ip saddr' }), /do not have its type ipv4_addr . inet_service/);
  assert.throws(put({ op: 'add', set: 'seen', key: 'ip saddr . tcp sport', value: 'tcp dport' }), EncodeError);
  assert.throws(() => encodeRule('inet', [is('ip saddr & 255', { set: 'seen' })]), /only ports can be computed/);
  assert.throws(() => encodeRule('inet', [is('tcp sport & 65536', { set: 'mapped' })]), /16 bits/);
  assert.throws(() => encodeRule('inet', [is('@nh,64,32', '0x00')]), /64 bits/);
});

test('a register that an unknown expression may have written is decoded as raw', () => {
  const { expressions } = encodeRule('ip', [is('meta mark', 5)]);
  const mixed = [expressions[0]!, { name: 'future', data: Uint8Array.of(1) }, expressions[1]!];
  const { statements } = decodeRule('ip', mixed);
  assert.ok(statements.every((statement) => 'raw' in statement));
  assert.deepEqual(encodeRule('ip', statements).expressions, mixed);
});

test('a rule that uses a register twice is decoded as raw', () => {
  const [load, compare] = encodeRule('ip', [is('meta mark', 5)]).expressions;
  const odd: Expr = { name: 'lookup', data: { set: 'x', sreg: 1, dreg: 2 } };
  const { statements } = decodeRule('ip', [load!, compare!, odd]);
  assert.ok(statements.every((statement) => 'raw' in statement));
});

// --- generated rules -------------------------------------------------------------------------------------------------

const selectors: readonly Selector[] = [
  'ip saddr',
  'ip daddr',
  'ip protocol',
  'ip6 saddr',
  'ip6 daddr',
  'ip6 nexthdr',
  'tcp sport',
  'tcp dport',
  'udp sport',
  'udp dport',
  'sctp sport',
  'sctp dport',
  'th sport',
  'th dport',
  'icmp type',
  'icmpv6 type',
  'ether saddr',
  'ether daddr',
  'ether type',
  'iifname',
  'oifname',
  'iif',
  'oif',
  'meta mark',
  'meta l4proto',
  'meta nfproto',
  'meta protocol',
  'meta skuid',
  'ct state',
  'ct mark',
  'ct direction',
  'ct status',
  'fib daddr type',
];

const word = (left: Selector): fc.Arbitrary<string | number> => {
  const { name, size } = partsOf(left, interfaces)[0]!.type;
  if (name === 'ifname') return fc.stringMatching(/^[a-z][a-z0-9.-]{0,14}$/);
  const type = dataType(name);
  return fc.uint8Array({ minLength: size, maxLength: size }).map((bytes) => type.format(bytes));
};

const value = (left: Selector): fc.Arbitrary<MatchValue> => {
  const prefixes: Partial<Record<Selector, readonly [number, string]>> = {
    'ip saddr': [32, ''],
    'ip6 daddr': [128, ''],
  };
  const bits = prefixes[left]?.[0];
  const single =
    bits === undefined
      ? word(left)
      : fc.oneof(
          word(left),
          fc.tuple(word(left), fc.integer({ min: 0, max: bits })).map(([a, n]) => `${a}/${n}`),
        );
  const port = fc.integer({ min: 0, max: 65535 });
  const range = fc.tuple(port, port).map(([a, b]) => ({ range: [Math.min(a, b), Math.max(a, b)] as const }));
  const ranged = /port$|mark$|skuid$/.test(left) ? fc.oneof(single, range) : single;
  return fc.oneof(
    ranged,
    fc.array(ranged, { minLength: 1, maxLength: 5 }).map((anyOf) => ({ anyOf })),
    fc.constant({ set: 'named' }),
  );
};

const match: fc.Arbitrary<Statement> = fc
  .constantFrom(...selectors)
  .chain((left) =>
    fc
      .tuple(value(left), fc.constantFrom<MatchOperator>('==', '!=', '<', '<=', '>', '>=', 'in'))
      .map(([right, op]) => is(left, right, op)),
  );

const other = fc.constantFrom<Statement>(
  { verdict: 'accept' },
  { jump: 'a' },
  { reject: {} },
  { reject: { with: 'tcp reset' } },
  { reject: { with: 'icmp host-unreachable' } },
  { log: { prefix: 'x' } },
  { masquerade: { ports: [1, 2] } },
  { counter: { packets: 1, bytes: 1 } },
  { set: { key: 'meta mark', value: 1 } },
  { vmap: { left: 'tcp dport', set: 'fate' } },
  { raw: { name: 'future', data: '00' } },
  { dnat: { family: 'ip', address: { map: 'published', by: 'meta l4proto . ip daddr . th dport' } } },
  { snat: { family: 'ip6', address: { map: 'published6', by: 'ip6 daddr . tcp dport' }, random: true } },
  { masquerade: { ports: { map: 'ports', by: 'udp dport' } } },
);

const IS_FULL = process.env['NETWRIGHT_FUZZ'] === 'full';

test('random rules have the same expressions after decoding and encoding', () => {
  const families: readonly TableFamily[] = ['inet', 'ip', 'ip6', 'bridge', 'netdev', 'arp'];
  let kept = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...families),
      fc.array(fc.oneof({ weight: 3, arbitrary: match }, other), { maxLength: 5 }),
      (family, statements) => {
        let first: ReturnType<typeof roundTrip>;
        try {
          first = roundTrip(family, statements);
        } catch (error) {
          if (error instanceof EncodeError) return;
          throw error;
        }
        kept++;
        const second = roundTrip(family, first.back);
        assert.deepEqual(second.back, first.back);
        if (!JSON.stringify(statements).includes('anyOf')) assert.deepEqual(second.expressions, first.expressions);
      },
    ),
    { numRuns: IS_FULL ? 3000 : 600 },
  );
  assert.ok(kept > (IS_FULL ? 500 : 100), `${kept} rules could be encoded`);
});
