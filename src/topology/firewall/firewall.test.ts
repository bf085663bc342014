import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFlow, parseFlow } from '../../format/index.ts';
import type { TableState } from '../../state/index.ts';
import { testErrors, type ErrorCase } from '../error-cases.ts';
import { checkTopology, compile, type FirewallInput } from '../index.ts';
import { commentChunks } from './comments.ts';
import { viewOf } from './index.ts';

const NETWORKS = {
  lan: { subnet: ['10.1.0.0/24', 'fd01::/64'] },
  dmz: { subnet: ['10.2.0.0/24', 'fd02::/64'] },
  far: { subnet: '10.3.0.0/24' },
  empty: { subnet: '10.4.0.0/24' },
};

function tableOf(firewall: FirewallInput): TableState {
  const topology = checkTopology({
    name: 'fw',
    networks: NETWORKS,
    nodes: {
      fw: { networks: ['lan', 'dmz'], forward: true, firewall },
      web: { networks: ['dmz'] },
      there: { networks: ['far'] },
    },
  });
  return compile(topology, { ipv6: true }).state.namespaces['fw.fw']!.tables['inet netwright-firewall']!;
}

/** The elements of all verdict maps as text, with their verdicts. */
const elementsOf = ({ sets }: TableState): string[] =>
  Object.entries(sets).flatMap(([name, { elements }]) =>
    name.endsWith('-state')
      ? []
      : elements.map(
          ({ key, value }) =>
            `${name}: ${key.map((word) => (typeof word === 'object' ? word.range.join('-') : word)).join(' . ')} ${String(value)}`,
        ),
  );

test('a network becomes an interface if the packet has one in the hook, and else addresses', () => {
  assert.deepEqual(
    elementsOf(
      tableOf({
        input: { allow: [{ from: ['lan', 'far', 'web'], to: 'lan', tcp: 22 }] },
        forward: { allow: [{ from: 'lan', to: 'web', icmp: ['echo-request', 'packet-too-big'] }] },
        output: { allow: [{ from: 'lan', to: 'dmz', protocol: 'igmp' }] },
      }),
    ),
    [
      'input-allow-by-iif-daddr-proto-dport: eth0 . 10.1.0.0/24 . tcp . 22 jump input-allow-1',
      'input-allow-by-iif-daddr6-proto-dport: eth0 . fd01::/64 . tcp . 22 jump input-allow-1',
      'input-allow-by-saddr-daddr-proto-dport: 10.2.0.2 . 10.1.0.0/24 . tcp . 22 jump input-allow-1',
      'input-allow-by-saddr-daddr-proto-dport: 10.3.0.0/24 . 10.1.0.0/24 . tcp . 22 jump input-allow-1',
      'input-allow-by-saddr6-daddr6-proto-dport: fd02::2 . fd01::/64 . tcp . 22 jump input-allow-1',
      'forward-allow-by-iif-daddr-icmp: eth0 . 10.2.0.2 . echo-request jump forward-allow-1',
      'forward-allow-by-iif-daddr6-icmp6: eth0 . fd02::2 . echo-request jump forward-allow-1',
      'forward-allow-by-iif-daddr6-icmp6: eth0 . fd02::2 . packet-too-big jump forward-allow-1',
      'output-allow-by-saddr-oif-proto: 10.1.0.0/24 . eth1 . igmp jump output-allow-1',
    ],
  );
});

test('elements that overlap are merged within a rule, and in another map between rules', () => {
  assert.deepEqual(
    elementsOf(
      tableOf({
        input: {
          allow: [
            { from: ['10.0.0.0/8', '10.9.0.0/16', '10.9.9.9'], tcp: ['80-90', 85, '90-99', 7] },
            { from: '10.9.0.0/16', tcp: 88 },
            { from: '11.0.0.0/8', tcp: 88 },
          ],
        },
      }),
    ),
    [
      'input-allow-by-saddr-proto-dport: 10.0.0.0/8 . tcp . 7 jump input-allow-1',
      'input-allow-by-saddr-proto-dport: 10.0.0.0/8 . tcp . 80-99 jump input-allow-1',
      'input-allow-by-saddr-proto-dport: 11.0.0.0/8 . tcp . 88 jump input-allow-3',
      'input-allow-by-saddr-proto-dport-2: 10.9.0.0/16 . tcp . 88 jump input-allow-2',
    ],
  );
});

const rulesEvaluated = (firewall: FirewallInput): number => tableOf(firewall).chains['forward']!.rules.length;

test('the number of rules that a packet traverses does not depend on the number of rules and list elements', () => {
  const ports = Array.from({ length: 1000 }, (_, i) => 2 * i + 1);
  const prefixes = ports.map((port) => `10.${port >> 8}.${port & 255}.0/24`);
  const single = rulesEvaluated({ forward: { allow: [{ from: '10.0.1.0/24', tcp: 1 }] } });
  assert.equal(rulesEvaluated({ forward: { allow: [{ from: '10.0.1.0/24', tcp: ports }] } }), single);
  assert.equal(rulesEvaluated({ forward: { allow: [{ from: prefixes, tcp: 1 }] } }), single);
  assert.equal(rulesEvaluated({ forward: { allow: prefixes.map((from, i) => ({ from, tcp: ports[i]! })) } }), single);
});

test('a policy of any length is read back from its table as it was written', () => {
  const policies: FirewallInput[] = [
    {},
    { input: 'deny', output: 'reject' },
    {
      input: {
        default: 'reject',
        rules: [
          { deny: { from: '10.0.0.0/8', log: "that's odd: no" } },
          { allow: ['related', { tcp: true }] },
          { reject: {} },
        ],
      },
      log: 'true',
      limit: '3/minute burst 9',
    },
    {
      forward: { allow: [{ from: Array.from({ length: 300 }, (_, i) => `fd00:${i.toString(16)}::/32`), udp: '1-9' }] },
    },
  ];
  for (const policy of policies.slice(0, 2)) assert.deepEqual(viewOf(tableOf(policy))?.policy, policy);
  for (const value of [
    ...policies,
    ['::', '::1', 'fd00::', '1e3', 'null', '0x1', '80', 80, '10:20', '- a', '#', 'a: b', ''],
  ])
    assert.deepEqual(parseFlow(commentChunks(formatFlow(value)).join('')), value);
});

/** Invalid firewalls of a node `fw` that is on the network `lan`. */
const FAULTS: readonly ErrorCase[] = [
  [
    'an unknown name',
    'input: { allow: [{ from: lann }] }',
    '9:32: "lann" is not a network, a node, an interface of "fw" or an address (did you mean "lan"?)',
  ],
  [
    'an invalid prefix in a list',
    'input: { allow: [{ from: [lan, 10.0.0.1/8] }] }',
    '9:38: "10.0.0.1/8" has host bits set; the network is 10.0.0.0/8',
  ],
  [
    'an uplink that the node does not have',
    'input: { allow: [{ from: internet }] }',
    /9:32: the node "fw" has no uplink for "internet"/,
  ],
  [
    'an output interface in the input hook',
    'input: { allow: [{ to: eth0 }] }',
    /9:30: "eth0" is an interface, and packets have none yet, or no more, in "to" of input/,
  ],
  [
    'a network without members',
    'output: { deny: [{ to: empty }] }',
    '9:30: the network "empty" has no addresses to match',
  ],
  [
    'two families',
    'input: { allow: [{ from: 10.0.0.1, to: fd01::1 }] }',
    '9:24: no packet matches this rule: it combines different families',
  ],
  ['a port too large', 'input: { allow: [{ tcp: [22, 70000] }] }', '9:36: invalid port 70000: expected 1 to 65535'],
  ['a descending range', 'input: { allow: [{ tcp: 90-80 }] }', '9:31: invalid port range 90-80: it is descending'],
  ['a limit without a period', 'input: { allow: [{ limit: 10 }] }', /9:33: .*10/],
  ['a burst that is too long', 'input: { allow: [{ limit: 1/day burst 213504 }] }', /9:33: .* at most 213503/],
  ['a limit of a rule that denies', 'input: { deny: [{ limit: 10/second }] }', '9:25: unknown key "limit"'],
  [
    'lists beside rules',
    'input: { rules: [{ allow: { tcp: 1 } }], deny: [{ tcp: 2 }] }',
    /9:48: "rules" and "deny" exclude each other/,
  ],
  ['an unknown ICMP type', 'input: { allow: [{ icmp: echo }] }', /9:32: expected .*echo-request/],
  ['an unknown default action', 'input: { default: drop }', /9:25: expected "allow", "deny" or "reject", not "drop"/],
  ['an invalid log prefix', `input: { log: 'a "quoted" one' }`, /9:21: the prefix of a log is ASCII text/],
];
testErrors(
  FAULTS.map(([fault, firewall, message]) => [
    fault,
    `name: fw
networks:
  lan: { subnet: [10.1.0.0/24, fd01::/64] }
  empty: { subnet: 10.4.0.0/24 }
nodes:
  fw:
    networks: [lan]
    firewall:
      ${firewall}`,
    message,
  ]),
);
