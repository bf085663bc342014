// After `up`, other programs see what the description says, all of it and nothing else: for the examples, and for
// topologies nobody has thought of. After `down` the machine is as it was.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { before, suite, test } from 'node:test';
import { Lab, TopologyError, type TopologyInput } from '../../src/library/index.ts';
import { observeLab } from '../../src/lab/plan.ts';
import { Random } from '../fuzz/random.ts';
import { facts } from '../support/facts.ts';
import { assertUnchanged, snapshotHost } from '../support/host.ts';
import { labName } from '../support/names.ts';
import { skipWithoutRoot } from '../support/privilege.ts';
import { randomTopology } from '../support/topologies.ts';
import { assertKernelIs, assertStateIs } from '../support/witness.ts';

/** How many topologies a run tries; NETWRIGHT_SEED is the first one's number. */
const RUNS = Number(process.env['NETWRIGHT_RUNS'] ?? 40);
const SEED = Number(process.env['NETWRIGHT_SEED'] ?? 1);

const LAN = { lan: { subnet: ['10.5.0.0/24', 'fd05::/64'] } };
const on = (node: NonNullable<NonNullable<TopologyInput['nodes']>[string]>): TopologyInput => ({
  networks: LAN,
  nodes: { a: { networks: ['lan'], ...node } },
});

/** Where the kernel gives back something else than it was given, or has two names for a thing. */
const EDGES: Readonly<Record<string, TopologyInput>> = {
  'metrics that stand for themselves': on({
    routes: [
      '2001:db8::/32 via fd05::9 metric 0',
      '2001:db9::/32 via fd05::9 metric 1024',
      '192.0.2.0/24 via 10.5.0.9 metric 0',
    ],
  }),
  'routes of every form': on({
    routes: [
      'default via 10.5.0.9 metric 5',
      'default via 10.5.0.8 metric 6',
      '10.8.0.0/16 dev eth0',
      '10.7.0.0/16 via 10.77.0.1 dev eth0 onlink',
      '10.6.0.0/16 dev lo',
      '10.5.128.0/17 nexthop dev eth0 nexthop via 10.5.0.7 weight 256',
      '10.4.0.0/16 via 10.5.0.9 src 10.5.0.1 mtu 1300',
      '224.0.0.0/4 dev eth0',
      'unreachable default metric 4000000000',
      '2001:db8::/32 dev eth0',
      '2001:db9::/32 via fe80::1 dev eth0',
      'ff05::/16 dev eth0',
    ],
  }),
  'routes in the tables that the kernel uses itself': on({
    routes: [
      '192.0.2.0/24 via 10.5.0.9 table 255',
      '192.0.2.0/24 via 10.5.0.9 table 253',
      '2001:db8::/32 via fd05::9 table 255',
    ],
  }),
  'settings of an interface with a dot in its name': {
    networks: LAN,
    nodes: {
      a: {
        networks: { lan: { interface: 'v.5' } },
        sysctls: {
          'net.ipv4.conf.v/5.rp_filter': 1,
          'net.ipv6.conf.v/5.accept_ra': 0,
          'net.ipv4.neigh.v/5.gc_stale_time': 7,
        },
      },
    },
  },
  'settings of several values': on({
    sysctls: { 'net.ipv4.tcp_rmem': '4096  131072 6291456', 'net.ipv4.ip_local_port_range': ' 20000\t30000 ' },
  }),
  'source validation that a node is to have': on({
    sysctls: { 'net.ipv4.conf.default.rp_filter': 2, 'net.ipv4.conf.all.rp_filter': 1 },
  }),
  'an interface that does not forward, of a node that does': on({
    forward: true,
    sysctls: { 'net.ipv4.conf.eth0.forwarding': 0 },
  }),
  'addresses alone in their subnets': {
    networks: { lan: null },
    nodes: {
      a: {
        networks: { lan: ['10.1.1.1/32', 'fd01::1/128'] },
        routes: ['10.1.1.2 dev eth0', '192.0.2.0/24 via 10.1.1.2 dev eth0 onlink'],
      },
    },
  },
  'several addresses of a subnet': {
    networks: { lan: { subnet: '10.0.0.0/24' } },
    nodes: { a: { networks: { lan: ['10.0.0.9', '10.0.0.5', '10.0.0.7'] } } },
  },
  'networks whose subnets are written in no order': {
    networks: { a: { subnet: '10.18.0.0/16', internet: true }, b: { subnet: '10.17.0.0/24', internet: true } },
  },
  'a node that has IPv6 switched off': {
    networks: { bare: null },
    nodes: { a: { networks: ['bare'], sysctls: { 'net.ipv6.conf.all.disable_ipv6': 1 } } },
  },
  'forwarding by its other name': on({ forward: true, sysctls: { 'net.ipv4.conf.all.forwarding': 0 } }),
};

/** Brings a topology up and down, and looks at the machine at each step. */
async function prove(topology: TopologyInput | string): Promise<void> {
  const untouched = snapshotHost();
  const lab = await Lab.up(topology);
  try {
    const { state } = lab.result!.compiled;
    assertKernelIs(lab.name, state);
    assertStateIs(observeLab(lab.name, state), state, 'our own reader sees something else');
    const again = await Lab.up(topology);
    assert.deepEqual(again.result?.operations, [], 'a second time there was something to do');
    const failed = (await lab.check({ timeout: 1000 })).filter(({ ok }) => !ok);
    assert.deepEqual(failed, []);
  } finally {
    await lab.down();
  }
  await assertUnchanged(untouched);
}

suite('what other programs see', { skip: skipWithoutRoot }, () => {
  before(async () => {
    // Descriptors that are opened once and kept, and modules that the kernel loads once.
    const lab = await Lab.up({
      name: labName('warm'),
      networks: { lan: { subnet: ['10.9.0.0/24', 'fd09::/64'], internet: true } },
      nodes: { a: { run: 'true' } },
    });
    await lab.down();
  });

  const folder = 'examples';
  const examples = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.yaml')) : [];
  for (const name of examples) test(name, () => prove(`${folder}/${name}`));

  for (const [what, topology] of Object.entries(EDGES)) test(what, () => prove({ ...topology, name: labName('edge') }));
  test(`${RUNS} random topologies`, { timeout: 300_000 }, async (t) => {
    const refused = new Map<string, number>();
    let proved = 0;
    for (let seed = SEED; proved < RUNS; seed++) {
      const random = new Random(seed);
      let topology: TopologyInput = randomTopology(random, labName('rnd'));
      try {
        topology = { ...topology, expect: facts(topology, random) };
        await prove(topology);
        proved++;
      } catch (error) {
        if (error instanceof TopologyError) {
          refused.set(error.issues[0]!.message, seed);
          assert.ok(
            refused.size < RUNS,
            `the generator makes little that can be built: ${[...refused.keys()].join('\n')}`,
          );
          continue;
        }
        t.diagnostic(`NETWRIGHT_SEED=${seed} NETWRIGHT_RUNS=1: ${JSON.stringify(topology, null, 1)}`);
        throw error;
      }
    }
    t.diagnostic(`seeds from ${SEED}; ${refused.size} refused`);
  });
});
