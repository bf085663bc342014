// What a policy compiles to is what an expert would have typed: rules written by hand in nft's language give the same
// listing.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { Lab, type FirewallInput } from '../../src/library/index.ts';
import { feed, run } from '../support/command.ts';
import { assertUnchanged, snapshotHost, type HostSnapshot } from '../support/host.ts';
import { labName } from '../support/names.ts';
import { withoutHandles } from '../support/nft-json.ts';
import { skipWithoutRoot } from '../support/privilege.ts';

const ESSENTIAL =
  'icmpv6 type { nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert, mld-listener-query, ' +
  'mld-listener-report, mld-listener-done, mld2-listener-report } accept';
const REJECT = 'meta l4proto tcp counter reject with tcp reset; counter reject with icmpx type admin-prohibited';

const cases: readonly (readonly [what: string, policy: FirewallInput, byHand: string])[] = [
  [
    'a server',
    { input: { allow: ['established', { from: 'lan', tcp: [22, '80-90'] }, { from: '10.0.0.0/8', icmp: true }] } },
    `
    map input-state { type ct_state : verdict; elements = { established : jump input-established, related : jump input-related, invalid : jump input-invalid } }
    map input-allow-by-iif-proto-dport { type ifname . inet_proto . inet_service : verdict; flags interval
      elements = { "eth0" . tcp . 22 : jump input-allow-1, "eth0" . tcp . 80-90 : jump input-allow-1 } }
    map input-allow-by-saddr-proto { type ipv4_addr . inet_proto : verdict; flags interval; elements = { 10.0.0.0/8 . icmp : jump input-allow-2 } }
    chain input-established { counter accept; }
    chain input-related { meta l4proto { icmp, ipv6-icmp } counter accept; }
    chain input-invalid { counter drop; }
    chain input-allow-1 { counter accept; }
    chain input-allow-2 { counter accept; }
    chain input { type filter hook input priority filter; policy drop;
      ct state vmap @input-state
      iifname "lo" accept
      ${ESSENTIAL}
      iifname . meta l4proto . th dport vmap @input-allow-by-iif-proto-dport
      ip saddr . meta l4proto vmap @input-allow-by-saddr-proto
      counter drop; }`,
  ],
  [
    'a router with logs and limits, rejecting',
    {
      forward: {
        default: 'reject',
        deny: [{ from: ['10.9.0.0/16', 'fd09::/16'], log: 'bad guest ' }],
        allow: [
          { from: 'lan', to: 'dmz', udp: true, icmp: 'echo-request', limit: '100/minute burst 20', log: false },
          'related',
        ],
        limit: '10/second',
      },
    },
    `
    map forward-state { type ct_state : verdict; elements = { established : jump forward-established, related : jump forward-related, invalid : jump forward-invalid } }
    map forward-deny-by-saddr { type ipv4_addr : verdict; flags interval; elements = { 10.9.0.0/16 : jump forward-deny-1 } }
    map forward-deny-by-saddr6 { type ipv6_addr : verdict; flags interval; elements = { fd09::/16 : jump forward-deny-1 } }
    map forward-allow-by-iif-oif-proto { type ifname . ifname . inet_proto : verdict; elements = { "eth0" . "eth1" . udp : jump forward-allow-1 } }
    map forward-allow-by-iif-oif-icmp { type ifname . ifname . icmp_type : verdict; elements = { "eth0" . "eth1" . echo-request : jump forward-allow-1 } }
    map forward-allow-by-iif-oif-icmp6 { type ifname . ifname . icmpv6_type : verdict; elements = { "eth0" . "eth1" . echo-request : jump forward-allow-1 } }
    chain forward-established { counter accept; }
    chain forward-related { counter accept; }
    chain forward-invalid { counter drop; }
    chain forward-deny-1 { limit rate 10/second burst 20 packets log prefix "bad guest "; counter drop; }
    chain forward-allow-1 { limit rate over 100/minute burst 20 packets return; counter accept; }
    chain forward { type filter hook forward priority filter; policy drop;
      ct state vmap @forward-state
      limit rate over 10/second burst 5 packets counter drop
      ip saddr vmap @forward-deny-by-saddr
      ip6 saddr vmap @forward-deny-by-saddr6
      iifname . oifname . meta l4proto vmap @forward-allow-by-iif-oif-proto
      iifname . oifname . icmp type vmap @forward-allow-by-iif-oif-icmp
      iifname . oifname . icmpv6 type vmap @forward-allow-by-iif-oif-icmp6
      ${REJECT}; }`,
  ],
  [
    'rules in their order, and what is sent',
    {
      output: {
        default: 'allow',
        rules: [
          { allow: { to: '10.1.0.7' } },
          { reject: { to: ['10.1.0.0/24', 'fd01::7'], sctp: '1000-2000' } },
          { allow: {} },
        ],
      },
    },
    `
    map output-state { type ct_state : verdict; elements = { established : jump output-established, related : jump output-related } }
    map output-allow-by-daddr { type ipv4_addr : verdict; elements = { 10.1.0.7 : jump output-allow-1 } }
    map output-reject-by-daddr-proto-dport { type ipv4_addr . inet_proto . inet_service : verdict; flags interval
      elements = { 10.1.0.0/24 . sctp . 1000-2000 : jump output-reject-1 } }
    map output-reject-by-daddr6-proto-dport { type ipv6_addr . inet_proto . inet_service : verdict; flags interval
      elements = { fd01::7 . sctp . 1000-2000 : jump output-reject-1 } }
    chain output-established { counter accept; }
    chain output-related { meta l4proto { icmp, ipv6-icmp } counter accept; }
    chain output-allow-1 { counter accept; }
    chain output-reject-1 { ${REJECT}; }
    chain output-allow-2 { counter accept; }
    chain output { type filter hook output priority filter; policy accept;
      ct state vmap @output-state
      oifname "lo" accept
      ${ESSENTIAL}
      ip daddr vmap @output-allow-by-daddr
      ip daddr . meta l4proto . th dport vmap @output-reject-by-daddr-proto-dport
      ip6 daddr . meta l4proto . th dport vmap @output-reject-by-daddr6-proto-dport
      jump output-allow-2
      counter accept; }`,
  ],
];

/** A namespace's firewall as nft lists it, without comments, which are for people, and the chain that holds some. */
function listing(namespace: string): unknown[] {
  const json = run('ip', 'netns', 'exec', namespace, 'nft', '-j', 'list', 'table', 'inet', 'netwright-firewall');
  const items = JSON.parse(JSON.stringify(withoutHandles(json)), (key, value: unknown) =>
    key === 'comment' ? undefined : value,
  ) as Record<string, { name?: string; chain?: string }>[];
  const kept = items.filter((item) =>
    Object.values(item).every(({ name, chain }) => name !== 'words' && chain !== 'words'),
  );
  // Of each chain the rules in their order; chains and maps among each other have none.
  const place = (item: (typeof kept)[number]): string =>
    Object.entries(item)
      .map(([kind, { name, chain }]) => `${kind} ${chain ?? name}`)
      .join();
  return kept.toSorted((a, b) => (place(a) < place(b) ? -1 : Number(place(a) > place(b))));
}

suite('what a firewall compiles to', { skip: skipWithoutRoot }, () => {
  let untouched: HostSnapshot;
  const byHand = labName('hand');
  before(async () => {
    // What is opened once for all is open then.
    await (await Lab.up({ name: labName('warm'), nodes: { a: {} } })).down();
    untouched = snapshotHost();
    run('ip', 'netns', 'add', byHand);
  });
  after(async () => {
    run('ip', 'netns', 'del', byHand);
    await assertUnchanged(untouched);
  });

  for (const [what, firewall, rules] of cases) {
    test(`${what}: as rules written by hand`, async () => {
      await using lab = await Lab.up({
        name: labName('fwk'),
        networks: { lan: { subnet: ['10.1.0.0/24', 'fd01::/64'] }, dmz: { subnet: '10.2.0.0/24' } },
        nodes: { fw: { networks: ['lan', 'dmz'], forward: true, firewall } },
      });
      feed(
        `flush ruleset; table inet netwright-firewall {${rules}\n}`,
        'ip',
        'netns',
        'exec',
        byHand,
        'nft',
        '-f',
        '-',
      );
      assert.deepEqual(listing(lab.node('fw').namespace), listing(byHand));
    });
  }
});
