// What other programs change in a lab is told, and mended when that is wanted. How soon is a benchmark: bench/watch.ts.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { after, afterEach, before, suite, test } from 'node:test';
import {
  down,
  Lab,
  watch,
  type Operation,
  type Repaired,
  type TopologyInput,
  type WatchEnd,
} from '../../src/library/index.ts';
import { labLinkGroup } from '../../src/state/index.ts';
import { planLab } from '../../src/lab/plan.ts';
import { feed, sh } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { assertUnchanged, descriptors, snapshotHost, type HostSnapshot } from '../support/host.ts';
import { labName } from '../support/names.ts';
import { skipWithoutRoot } from '../support/privilege.ts';
import { assertKernelIs } from '../support/witness.ts';

/** Watches that are to be ended after each test. */
const underWay: Watching[] = [];

/** A watch that is under way, and what it has told so far. */
class Watching {
  readonly drift: Operation[] = [];
  readonly repaired: Repaired[] = [];
  readonly ended: Promise<WatchEnd>;
  readonly #stop = new AbortController();

  private constructor(lab: string, repair: boolean, onReady: () => void) {
    underWay.push(this);
    this.ended = watch(lab, {
      repair,
      onReady,
      onDrift: (operations) => this.drift.push(...operations),
      onRepaired: (repaired) => this.repaired.push(repaired),
      signal: this.#stop.signal,
    });
  }

  static async begin(lab: string, repair = false): Promise<Watching> {
    let watching: Watching;
    await new Promise<void>((resolve, reject) => {
      watching = new Watching(lab, repair, resolve);
      watching.ended.catch(reject);
    });
    return watching!;
  }

  /** Forgets what was told. */
  clear(): void {
    this.drift.length = 0;
    this.repaired.length = 0;
  }

  async until(what: string, holds: () => boolean): Promise<void> {
    const look = () => ({ holds: holds(), drift: this.drift.slice(0, 20), repaired: this.repaired.slice(0, 20) });
    await eventually(look, (seen) => seen.holds, what, 5);
  }

  async stop(): Promise<WatchEnd> {
    this.#stop.abort();
    return this.ended;
  }
}

const topology = (name: string): TopologyInput & { name: string } => ({
  name,
  networks: { lan: { subnet: ['10.51.0.0/24', 'fd51::/64'], internet: true } },
  nodes: {
    a: { networks: ['lan'], routes: ['192.0.2.0/24 via 10.51.0.9'], sysctls: { 'net.ipv4.ip_default_ttl': 33 } },
    b: { networks: ['lan'], forward: true },
    // No cable leads from it to the lab's own namespace.
    c: { internet: false },
    d: {},
  },
  links: [{ between: ['c', 'd'], subnet: '10.52.0.0/30' }],
});

/** What somebody does by hand: in words, and the first operation that would mend it. */
const changes = (lab: string): readonly (readonly [what: string, commands: string, expected: string])[] => [
  ['an interface that goes down', `ip -n ${lab}.a link set eth0 down`, 'change-link'],
  ['an address that goes', `ip -n ${lab}.b address del 10.51.0.3/24 dev eth0`, 'add-address'],
  ['an IPv6 address that comes', `ip -n ${lab}.b address add fd51::77/64 dev eth0 nodad`, 'delete-address'],
  ['a route that goes', `ip -n ${lab}.a route del 192.0.2.0/24`, 'add-route'],
  ['a route that comes', `ip -n ${lab}.c route add 198.51.100.0/24 via 10.52.0.2`, 'delete-route'],
  ['a rule that comes', `ip -n ${lab}.c rule add from 10.0.0.1 table 7`, 'delete-rule'],
  [
    'a neighbour that comes',
    `ip -n ${lab}.d neigh add 10.52.0.1 lladdr 02:00:00:00:00:01 dev eth0 nud permanent`,
    'delete-neighbour',
  ],
  ['an MTU', `ip -n ${lab}.c link set eth0 mtu 1300`, 'change-link'],
  ['an interface that goes', `ip -n ${lab}.a link del eth0`, 'create-link'],
  ['an interface that comes', `ip -n ${lab}.d link add x group ${labLinkGroup(lab)} type bridge`, 'delete-link'],
  ['a port out of its bridge', `ip -n ${lab} link set b-eth0 nomaster`, 'change-link'],
  ['an nftables table that comes', `ip netns exec ${lab}.c nft add table inet filter`, 'delete-table'],
  ['an nftables rule that goes', `ip netns exec ${lab} nft flush chain inet netwright forward`, 'add-table'],
  ['the nftables table on the host', `nft flush table inet netwright-${lab}`, 'add-table'],
  ['the cable to the host', `ip link del nw-${lab}`, 'create-link'],
  ['its address on the host', `ip address flush dev nw-${lab}`, 'add-address'],
  ['a setting that netlink tells of', `ip netns exec ${lab}.b sysctl -qw net.ipv4.ip_forward=0`, 'set-sysctl'],
  ['a setting that it does not', `ip netns exec ${lab}.a sysctl -qw net.ipv4.ip_default_ttl=44`, 'set-sysctl'],
  [
    'a setting, from another PID namespace',
    `unshare --pid --fork --mount-proc ip netns exec ${lab}.a sysctl -qw net.ipv4.ip_default_ttl=55`,
    'set-sysctl',
  ],
  ['a node', `ip netns del ${lab}.c`, 'create-namespace'],
  ['a node on a network', `ip netns del ${lab}.a`, 'create-namespace'],
];

const isOfLo = (operation: Operation): boolean => operation.op === 'change-link' && operation.name === 'lo';

/** How many threads this process has. */
const threads = (): number => readdirSync('/proc/self/task').length;

/** What other processes of the machine do meanwhile, outside of the namespace that is the host here. */
const OTHERS = ['processes in namespaces'];

suite('a lab that is watched', { skip: skipWithoutRoot }, () => {
  let untouched: HostSnapshot;
  const name = labName('watch');

  before(async () => {
    // What is opened once and kept: inotify's descriptor, and the threads of the pool.
    await using lab = await Lab.up(topology(labName('warm')));
    const watching = await Watching.begin(lab.name);
    await watching.stop();
    await lab.down();
    untouched = snapshotHost();
  });

  after(async () => {
    await down(name);
    await assertUnchanged(untouched, OTHERS);
  });

  afterEach(async () => {
    for (const watching of underWay.splice(0)) await watching.stop();
  });

  test('does not tell of an interface that a program made', async () => {
    const lab = await Lab.up(topology(name));
    const watching = await Watching.begin(lab.name);
    sh(`ip -n ${lab.name}.d link add own type bridge`);
    sh(`ip -n ${lab.name}.b link set lo down`);
    await watching.until('lo is told', () => watching.drift.some(isOfLo));
    assert.ok(watching.drift.every(isOfLo), JSON.stringify(watching.drift));
    await watching.stop();
    await lab.down();
  });

  test('tells what differs, once, and that it has been mended', async () => {
    const lab = await Lab.up(topology(name));
    const { state } = lab.result!.compiled;
    const before = descriptors();
    const watching = await Watching.begin(lab.name);
    assert.deepEqual(watching.drift, []);
    for (const [what, command, expected] of changes(lab.name)) {
      watching.clear();
      sh(command);
      await watching.until(`${what} is told`, () => watching.drift.some(({ op }) => op === expected));
      const left = planLab({ value: topology(name) }).operations;
      // Something else that changes does not make it news again.
      sh(`ip -n ${lab.name}.b link set lo down`);
      await watching.until('lo is told', () => watching.drift.some(isOfLo));
      const all: string[] = watching.drift.map((operation) => JSON.stringify(operation));
      assert.deepEqual(all, [...new Set(all)], what);
      assert.ok(
        left.some(({ op }) => op === expected),
        what,
      );
      await Lab.up(topology(name));
      await watching.until(`${what} is mended`, () =>
        watching.repaired.flatMap(({ operations }) => operations).some(({ op }) => op === expected),
      );
      assert.ok(watching.repaired.every(({ by }) => by === 'others'));
      assertKernelIs(lab.name, state);
    }
    assert.equal(await watching.stop(), 'aborted');
    assert.deepEqual(descriptors(), before);
  });

  test('is mended', async () => {
    const lab = await Lab.up(topology(name));
    const { state } = lab.result!.compiled;
    const watching = await Watching.begin(lab.name, true);
    for (const [what, command, expected] of changes(lab.name)) {
      watching.clear();
      sh(command);
      await watching.until(`${what} is mended`, () =>
        watching.repaired.flatMap(({ operations }) => operations).some(({ op }) => op === expected),
      );
      assert.ok(
        watching.repaired.every(({ by }) => by === 'watch'),
        JSON.stringify(watching.repaired),
      );
      assertKernelIs(lab.name, state, what);
    }
    await watching.stop();
  });

  test('tells of files and names too', async () => {
    const lab = await Lab.up(topology(name));
    const watching = await Watching.begin(lab.name);
    rmSync(`/etc/netns/${name}.b`);
    const files = (): Operation[] => watching.drift.filter(({ op }) => op === 'set-files');
    await watching.until('the link is told', () => files().length === 1);
    // The lab's own namespace, which has a way out too, shares the file.
    writeFileSync(`/etc/netns/${name}.a/hosts`, '');
    await watching.until('the hosts file is told', () => files().length === 2);
    const [, told] = files() as Extract<Operation, { op: 'set-files' }>[];
    assert.deepEqual(told!.namespaces.toSorted(), [name, `${name}.a`]);
    await watching.stop();
    await lab.down();
  });

  test('tells nothing of what traffic and other programs do', async () => {
    const lab = await Lab.up(topology(name));
    const watching = await Watching.begin(lab.name);
    sh(`ip netns exec ${name}.a ping -c1 -W5 10.51.0.3`);
    sh(`ip -n ${name}.a route add 198.51.100.0/24 via 10.51.0.1 proto bird`);
    sh('ip link add unrelated type bridge');
    sh('ip link del unrelated');
    sh('nft add table inet unrelated');
    sh('nft delete table inet unrelated');
    // What is told next is the first that is told.
    sh(`ip -n ${name}.b link set lo down`);
    await watching.until('lo is told', () => watching.drift.length > 0);
    assert.deepEqual(
      watching.drift.map(({ op }) => op),
      ['change-link'],
    );
    await watching.stop();
    await lab.down();
  });

  test('may be changed and taken down meanwhile', async () => {
    const lab = await Lab.up(topology(name));
    const watching = await Watching.begin(lab.name);
    const { nodes, ...rest } = topology(name);
    const larger = { ...rest, nodes: { ...nodes, e: { networks: ['lan'] } } };
    await Lab.up(larger);
    sh(`ip netns exec ${name}.e ip link set lo down`);
    await watching.until('the new node is watched', () => watching.drift.length > 0);
    assert.deepEqual(
      watching.drift.map(({ op }) => op),
      ['change-link'],
      'what was wanted is not told',
    );
    await lab.down();
    let end: WatchEnd | undefined;
    void watching.ended.then((how) => (end = how));
    await watching.until('it ends', () => end !== undefined);
    assert.equal(end, 'gone');
  });

  test('of 100 nodes takes two netlink sockets to hear, one to number, and one thread to wait', async (t) => {
    const many: TopologyInput = {
      name,
      networks: { lan: { subnet: ['10.53.0.0/24'] } },
      nodes: Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`n${i}`, { networks: ['lan'] }])),
    };
    const lab = await Lab.up(many);
    const before = sockets();
    const threadsBefore = threads();
    const watching = await Watching.begin(lab.name);
    assert.equal(sockets() - before, 3);
    assert.ok(threads() - threadsBefore <= 1);
    const started = performance.now();
    for (let i = 0; i < 100; i++) sh(`ip -n ${name}.n${i} address add 192.0.2.${i + 1}/32 dev eth0`);
    const gone = performance.now();
    await watching.until(
      'all are told',
      () => watching.drift.filter(({ op }) => op === 'delete-address').length === 100,
    );
    t.diagnostic(
      `100 changes in ${Math.round(gone - started)} ms, all told ${Math.round(performance.now() - gone)} ms later`,
    );
    // A thousand more than a reader that is asleep can be told of one by one: nothing is lost for good.
    const words = Array.from(
      { length: 20_000 },
      (_, i) => `route add 203.0.${i >> 8}.${i & 0xff} dev eth0 proto static`,
    );
    watching.clear();
    feed(`${words.join('\n')}\n`, 'ip', '-n', `${name}.n7`, '-batch', '-');
    await watching.until('all routes are told', () => watching.drift.length >= 20_000);
    sh(`ip -n ${name}.n7 link set lo down`);
    await watching.until('lo is told', () => watching.drift.some(({ op }) => op === 'change-link'));
    assert.equal(watching.drift.length, 20_001);
    await watching.stop();
    await lab.down();
  });
});

const sockets = (): number =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
    } catch {
      return false;
    }
  }).length;
