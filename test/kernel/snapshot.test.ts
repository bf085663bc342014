// What a lab's snapshot says is what the kernel holds: nothing is left to do to make one the other. And what a machine
// holds that no lab made is described as well as a topology can.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { before, suite, test } from 'node:test';
import { compileForHost } from '../../src/store/compiled.ts';
import {
  Lab,
  planLab,
  snapshot,
  snapshotHost as describeHost,
  TopologyError,
  type TopologyInput,
} from '../../src/library/index.ts';
import { checkTopology, parseTopology } from '../../src/topology/index.ts';
import { Random } from '../fuzz/random.ts';
import { sh } from '../support/command.ts';
import { assertUnchanged, snapshotHost, type HostSnapshot } from '../support/host.ts';
import { labName } from '../support/names.ts';
import { skipWithoutRoot } from '../support/privilege.ts';
import { randomTopology } from '../support/topologies.ts';
import { assertKernelIs } from '../support/witness.ts';

const RUNS = Number(process.env['NETWRIGHT_RUNS'] ?? 15);
const SEED = Number(process.env['NETWRIGHT_SEED'] ?? 1);
/** What other processes of the machine do meanwhile, outside of the namespace that is the host here. */
const OTHERS = ['processes in namespaces'];

suite('a snapshot', { skip: skipWithoutRoot }, () => {
  let untouched: HostSnapshot;

  before(async () => {
    await using lab = await Lab.up({
      name: labName('warm'),
      networks: { lan: { subnet: ['10.9.0.0/24', 'fd09::/64'], internet: true } },
      nodes: { a: { run: 'true' } },
    });
    snapshot(lab.name);
    await lab.down();
    untouched = snapshotHost();
  });

  /** Brings a topology up, and compares it with its snapshot. */
  async function prove(topology: TopologyInput | string): Promise<string> {
    const lab = await Lab.up(topology);
    try {
      const found = snapshot(lab.name);
      assert.deepEqual(found.notes, []);
      assert.deepEqual(parseTopology(found.text, 'x.yaml'), checkTopology(found.topology));
      assert.deepEqual(planLab({ value: found.topology }).operations, []);
      const { state } = compileForHost(checkTopology(found.topology)).compiled;
      assertKernelIs(lab.name, state, found.text);
      // Once more, from what it was described as.
      await lab.down();
      const again = await Lab.up(found.topology);
      assert.deepEqual(snapshot(again.name), found);
      return found.text;
    } finally {
      await lab.down();
      await assertUnchanged(untouched, OTHERS);
    }
  }

  const examples = existsSync('examples') ? readdirSync('examples').filter((name) => name.endsWith('.yaml')) : [];
  for (const name of examples) {
    test(name, async (t) => {
      const text = await prove(`examples/${name}`);
      t.diagnostic(`\n${text}`);
      const written = readFileSync(`examples/${name}`, 'utf8')
        .split('\n')
        .filter((line) => !/^\s*(#|$)/.test(line));
      assert.ok(text.split('\n').length <= written.length + 10, text);
    });
  }

  test(`of ${RUNS} random topologies`, { timeout: 300_000 }, async (t) => {
    let proved = 0;
    for (let seed = SEED; proved < RUNS; seed++) {
      const topology = randomTopology(new Random(seed), labName('rnd'));
      try {
        await prove(topology);
        proved++;
      } catch (error) {
        if (error instanceof TopologyError) continue;
        t.diagnostic(`NETWRIGHT_SEED=${seed} NETWRIGHT_RUNS=1: ${JSON.stringify(topology, null, 1)}`);
        throw error;
      }
    }
    t.diagnostic(`seeds from ${SEED}`);
  });

  test('of a lab that was changed by hand says what was changed', async () => {
    const lab = await Lab.up({
      name: labName('hand'),
      networks: { lan: { subnet: '10.9.0.0/24' } },
      nodes: { a: { networks: ['lan'] }, b: { networks: ['lan'] }, c: {} },
    });
    try {
      sh(`ip -n ${lab.name}.a address add 10.9.0.77/24 dev eth0`);
      sh(`ip -n ${lab.name}.a route add default via 10.9.0.2`);
      sh(`ip -n ${lab.name}.b rule add from 10.0.0.1 table 7`);
      sh(`ip netns exec ${lab.name}.b sysctl -qw net.ipv4.ip_default_ttl=33 net.ipv4.conf.eth0.proxy_arp=1`);
      sh(`ip -n ${lab.name}.c link add br9 type bridge`);
      const { topology, notes, text } = snapshot(lab.name);
      const { a, b } = topology.nodes!;
      assert.deepEqual(topology.networks, { lan: { subnet: '10.9.0.0/24', gateway: 'b' } });
      // The routes for many that it had before it had a default route.
      assert.deepEqual(a, {
        networks: { lan: ['10.9.0.1', '10.9.0.77'] },
        routes: ['224.0.0.0/4 dev eth0', '255.255.255.255 dev eth0'],
      });
      assert.deepEqual(b, {
        networks: ['lan'],
        sysctls: { 'net.ipv4.conf.eth0.proxy_arp': 1, 'net.ipv4.ip_default_ttl': 33 },
      });
      assert.deepEqual(notes, [
        { path: ['nodes', 'c'], text: 'br9 is omitted: its kind is bridge, not veth' },
        { path: ['nodes', 'b'], text: 'a routing rule is omitted' },
      ]);
      assert.match(text, /# a routing rule is omitted\n {2}b:/);
      assert.deepEqual(
        // What a program made (br9) is not the lab's, and stays.
        planLab({ value: topology })
          .operations.map(({ op }) => op)
          .toSorted(),
        ['delete-rule', 'set-files'],
      );
    } finally {
      await lab.down();
    }
    await assertUnchanged(untouched, OTHERS);
  });

  test('of the host describes what others made, as text', async () => {
    const lab = await Lab.up({
      name: labName('own'),
      networks: { lan: { subnet: '10.9.0.0/24', internet: true } },
      nodes: { x: { networks: ['lan'] } },
    });
    const commands = [
      'ip netns add red',
      'ip netns add Blue_1',
      'ip netns add alone',
      ...['red', 'Blue_1', 'alone'].map((name) => `ip netns exec ${name} sysctl -qw net.ipv4.ip_forward=0`),
      'ip link add br0 type bridge',
      'ip address add 10.8.0.1/24 dev br0',
      'ip link add v0 type veth peer name eth0 netns red',
      'ip link add v1 type veth peer name lan netns Blue_1',
      'ip link set v0 master br0',
      'ip link set v1 master br0',
      'ip -n red link add x0 type veth peer name x1 netns Blue_1',
      'ip -n red address add 10.8.0.2/24 dev eth0',
      'ip -n Blue_1 address add 10.8.0.9/24 dev lan',
      'ip -n red link set eth0 up',
      'ip -n Blue_1 link set lan up',
      'ip -n red route add default via 10.8.0.1',
      'ip link add v2 type veth peer name up netns alone',
      'ip netns exec Blue_1 sysctl -qw net.ipv4.ip_forward=1',
      'ip netns exec Blue_1 nft add table inet mine',
    ];
    commands.forEach(sh);
    try {
      const text = describeHost();
      assert.ok(!text.includes(lab.name), text);
      const topology = parseTopology(text, 'host.yaml');
      assert.deepEqual(topology, {
        name: 'host',
        networks: { br0: { subnet: '10.8.0.0/24', internet: true } },
        nodes: {
          red: { networks: ['br0'] },
          'blue-1': { networks: { br0: { address: '10.8.0.9', interface: 'lan' } }, forward: true },
          alone: {},
        },
        links: [{ between: ['red.x0', 'blue-1.x1'] }],
      });
      for (const comment of [
        /called Blue_1/,
        /it has no default route/,
        /table inet mine is omitted/,
        /up is omitted: its peer v2 is not a bridge port/,
        /x0 is down/,
      ])
        assert.match(text, comment);
    } finally {
      for (const name of ['red', 'Blue_1', 'alone']) sh(`ip netns del ${name}`);
      sh('ip link del br0');
      await lab.down();
    }
    await assertUnchanged(untouched, OTHERS);
  });
});
