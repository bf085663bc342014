import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseIp } from '../../addr/index.ts';
import type { MatchOperator, MatchValue, Selector, Statement } from '../../state/index.ts';
import { renderStatement } from '../index.ts';

const is = (left: Selector, right: MatchValue, op: MatchOperator = '=='): Statement => ({ match: { left, op, right } });
const ip = parseIp;

const cases: readonly (readonly [Statement, string])[] = [
  [is('ip saddr', '10.0.0.0/8'), 'ip saddr 10.0.0.0/8'],
  [is('ip daddr', '10.0.0.1', '!='), 'ip daddr != 10.0.0.1'],
  [is('ip6 saddr', { range: ['fd00::1', 'fd00::9'] }), 'ip6 saddr fd00::1-fd00::9'],
  [is('tcp dport', 80), 'tcp dport 80'],
  [is('udp dport', 1024, '>='), 'udp dport >= 1024'],
  [is('tcp dport', { range: [80, 90] }, '!='), 'tcp dport != 80-90'],
  [is('tcp dport', { anyOf: [22, { range: [80, 90] }] }), 'tcp dport { 22, 80-90 }'],
  [is('tcp dport', { anyOf: [22, 80] }, '!='), 'tcp dport != { 22, 80 }'],
  [is('tcp dport', { anyOf: [22] }), 'tcp dport 22'],
  [is('ip saddr', { set: 'hosts' }), 'ip saddr @hosts'],
  [is('ip saddr', { set: 'hosts' }, '!='), 'ip saddr != @hosts'],
  [is('ip saddr . tcp dport', { set: 'pairs' }, 'in'), 'ip saddr . tcp dport @pairs'],
  [
    is('iifname . tcp dport', { anyOf: ['lo . 80', 'eth0 . 90-99'] }),
    'iifname . tcp dport { "lo" . 80, "eth0" . 90-99 }',
  ],
  [is('ip saddr . tcp dport', '10.0.0.1 . 80'), 'ip saddr . tcp dport { 10.0.0.1 . 80 }'],
  [is('iifname', 'eth*'), 'iifname "eth*"'],
  [is('oifname', { anyOf: ['lo', 'eth0'] }, '!='), 'oifname != { "lo", "eth0" }'],
  [is('iif', 'lo'), 'iif "lo"'],
  [is('iif', 3), 'iif 3'],
  [is('meta mark', 255), 'meta mark 0xff'],
  [is('meta mark', { range: [1, 16] }), 'meta mark 0x1-0x10'],
  [is('ct state', 'established'), 'ct state == established'],
  [is('ct state', 'established', '!='), 'ct state != established'],
  [is('ct state', 'invalid', 'in'), 'ct state invalid'],
  [is('ct state', { anyOf: ['established', 'related'] }, 'in'), 'ct state established,related'],
  [is('ct state', { anyOf: ['established', 'related'] }), 'ct state { established, related }'],
  [is('fib daddr type', 'local', 'in'), 'fib daddr type local'],
  [{ counter: {} }, 'counter'],
  [{ counter: { packets: 3, bytes: 4 } }, 'counter packets 3 bytes 4'],
  [{ verdict: 'accept' }, 'accept'],
  [{ jump: 'other' }, 'jump other'],
  [{ goto: 'other' }, 'goto other'],
  [{ reject: {} }, 'reject'],
  [{ reject: { with: 'tcp reset' } }, 'reject with tcp reset'],
  [{ masquerade: {} }, 'masquerade'],
  [
    { masquerade: { ports: [1000, 2000], random: true, persistent: true } },
    'masquerade to :1000-2000 random,persistent',
  ],
  [{ masquerade: { fullyRandom: true } }, 'masquerade fully-random'],
  [{ snat: { family: 'ip', address: ip('10.0.0.1') } }, 'snat ip to 10.0.0.1'],
  [
    { snat: { family: 'ip', address: [ip('10.0.0.1'), ip('10.0.0.9')], ports: [80, 90] } },
    'snat ip to 10.0.0.1-10.0.0.9:80-90',
  ],
  [{ dnat: { family: 'ip6', address: ip('fd00::1'), ports: 8080 } }, 'dnat ip6 to [fd00::1]:8080'],
  [{ dnat: { family: 'ip6', address: ip('fd00::1') } }, 'dnat ip6 to fd00::1'],
  [{ dnat: { family: 'ip', ports: 8080 } }, 'dnat to :8080'],
  [
    { dnat: { family: 'ip', address: { map: 'm', by: 'ip daddr . tcp dport' } } },
    'dnat ip to ip daddr . tcp dport map @m',
  ],
  [
    { snat: { family: 'ip6', address: ip('fd00::1'), ports: { map: 'm', by: 'tcp dport' } } },
    'snat ip6 to [fd00::1]:tcp dport map @m',
  ],
  [{ masquerade: { ports: { map: 'm', by: 'tcp dport' } } }, 'masquerade to :tcp dport map @m'],
  [
    { snat: { family: 'ip', address: ip('10.0.0.1'), ports: { by: 'udp sport & 16383 ^ 32768' } } },
    'snat ip to 10.0.0.1:udp sport & 16383 ^ 32768',
  ],
  [{ element: { op: 'add', set: 's', key: 'ip saddr' } }, 'add @s { ip saddr }'],
  [
    { element: { op: 'update', set: 'm', key: 'ip saddr . udp sport', value: 'udp dport', timeout: 1.5 } },
    'update @m { ip saddr . udp sport timeout 1500ms : udp dport }',
  ],
  [{ write: { to: '@nh,64,64', value: '0x20010db800000001' } }, '@nh,64,64 set 0x20010db800000001'],
  [is('ct expiration', '240s', '>'), 'ct expiration > 240s'],
  [is('@th,128,64', '0x20010db800000001'), '@th,128,64 0x20010db800000001'],
  [{ log: {} }, 'log'],
  [{ log: { prefix: 'hi ', group: 2 } }, 'log prefix "hi " group 2'],
  [{ limit: { rate: 10, per: 'second' } }, 'limit rate 10/second'],
  [{ limit: { rate: 3, per: 'week', burst: 20, over: true } }, 'limit rate over 3/week burst 20 packets'],
  [{ set: { key: 'ct mark', value: 7 } }, 'ct mark set 0x7'],
  [{ set: { key: 'meta nftrace', value: 1 } }, 'meta nftrace set 1'],
  [{ vmap: { left: 'tcp dport', set: 'fate' } }, 'tcp dport vmap @fate'],
];

for (const [statement, text] of cases) test(text, () => assert.equal(renderStatement(statement), text));

test('statements without nft syntax are rendered so that nft rejects them', () => {
  const rejected: readonly (readonly [Statement, string])[] = [
    [{ raw: { name: 'xt', data: '0a0b' } }, '?xt 0x0a0b'],
    [{ raw: { name: 'x } accept' } }, '?x???accept'],
    [is('iifname', 'a" accept'), '?"a\\" accept"'],
    [is('ip saddr', '1.2.3.4 accept'), '?"1.2.3.4 accept"'],
    [is('ip saddr', { set: 'a accept' }), '@?"a accept"'],
    [{ jump: 'a; drop' }, '?"a; drop"'],
    [{ log: { prefix: '$a' } }, '?"$a"'],
    [{ reject: { with: 'tcp reset; accept' } }, '?"tcp reset; accept"'],
  ];
  for (const [statement, text] of rejected) {
    const whole = renderStatement(statement);
    assert.ok(whole.endsWith(text), whole);
  }
});
