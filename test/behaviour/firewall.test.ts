// What a node lets through is what its policy says: for policies and packets of which nobody has thought, by a model of
// ten lines, and by a witness behind the firewall's own chains. And a policy is changed while packets flow.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { BlockList, isIPv6 } from 'node:net';
import { createInterface, type Interface } from 'node:readline';
import { after, before, suite, test } from 'node:test';
import { Lab, type FirewallInput, type Node } from '../../src/library/index.ts';
import { compileSaved } from '../../src/store/compiled.ts';
import { Random } from '../fuzz/random.ts';
import { feed, run } from '../support/command.ts';
import { randomFirewall } from '../support/firewalls.ts';
import { assertUnchanged, snapshotHost, type HostSnapshot } from '../support/host.ts';
import { labName } from '../support/names.ts';
import { skipWithoutRoot } from '../support/privilege.ts';
import { assertKernelIs } from '../support/witness.ts';

const POLICIES = Number(process.env['NETWRIGHT_RUNS'] ?? 60);
const SEED = Number(process.env['NETWRIGHT_SEED'] ?? 1);
const PACKETS = 100;

interface Packet {
  readonly hook: 'input' | 'forward' | 'output';
  readonly sender: 'src' | 'fw' | 'dst';
  readonly protocol: 'tcp' | 'udp';
  readonly from: string;
  readonly to: string;
  readonly port: number;
}

const SUBNETS: Readonly<Record<string, readonly string[]>> = {
  lan: ['10.1.0.0/24', 'fd01::/64'],
  servers: ['10.2.0.0/24', 'fd02::/64'],
};
const ADDRESSES = {
  src: ['10.1.0.2', '10.1.0.200', 'fd01::2', 'fd01::200'],
  fw: ['10.1.0.1', '10.2.0.1', 'fd01::1', 'fd02::1'],
  dst: ['10.2.0.2', '10.2.0.130', 'fd02::2', 'fd02::130'],
};
const PEERS = [
  'lan',
  'servers',
  'src',
  'dst',
  '10.1.0.0/25',
  '10.1.0.200',
  '10.2.0.128/25',
  '10.0.0.0/8',
  'fd01::/120',
  'fd02::2',
  'fd02::100/120',
  'fd00::/8',
];
const PORTS = [1, 7, 21, 22, 23, 53, 79, 80, 85, 90, 91, 95, 96, 443, 1023, 1024, 65_535];

// --- the model -------------------------------------------------------------------------------------------------------

type ChainInput = Exclude<FirewallInput['input'], string | undefined>;
type Entry = Exclude<NonNullable<ChainInput['allow']>[number], string>;

function passes(policy: FirewallInput, packet: Packet): boolean {
  const chain = policy[packet.hook] ?? 'allow';
  if (typeof chain === 'string') return chain === 'allow';
  const steps = chain.rules ?? [
    { deny: chain.deny ?? [] },
    { reject: chain.reject ?? [] },
    { allow: chain.allow ?? [] },
  ];
  for (const step of steps) {
    for (const [action, entries] of Object.entries(step))
      if ([entries].flat().some((entry) => matches(entry as Entry, packet))) return action === 'allow';
  }
  return chain.default === 'allow';
}

function matches(entry: Entry, packet: Packet): boolean {
  const { from, to, tcp, udp, icmp, protocol } = entry;
  const any = tcp === undefined && udp === undefined && icmp === undefined && protocol === undefined;
  return (
    (from === undefined || [from].flat().some((peer) => isPeer(peer, packet, 'from'))) &&
    (to === undefined || [to].flat().some((peer) => isPeer(peer, packet, 'to'))) &&
    (any || holds(entry[packet.protocol], packet.port))
  );
}

/** A network of the firewall's is an interface where packets pass one; and so the addresses of neither side matter. */
function isPeer(peer: string, { hook, sender, from, to }: Packet, side: 'from' | 'to'): boolean {
  const passed = side === 'from' ? hook !== 'output' : hook !== 'input';
  if (peer in SUBNETS && passed)
    return peer === (side === 'from' ? (sender === 'src' ? 'lan' : 'servers') : networkOf(to));
  const address = side === 'from' ? from : to;
  if (peer === 'src' || peer === 'dst') return ADDRESSES[peer].includes(address);
  return (SUBNETS[peer] ?? [peer]).some((prefix) => within(address, prefix));
}

const networkOf = (address: string): string =>
  SUBNETS['lan']!.some((subnet) => within(address, subnet)) ? 'lan' : 'servers';

function within(address: string, prefix: string): boolean {
  const [network = '', length] = prefix.split('/');
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  if (isIPv6(network) !== isIPv6(address)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(length ?? (family === 'ipv4' ? 32 : 128)), family);
  return list.check(address, family);
}

const holds = (ports: Entry['tcp'], port: number): boolean =>
  ports === true ||
  [ports ?? []].flat().some((one) => {
    const [first, last = first] = String(one).split('-').map(Number);
    return port >= first! && port <= last!;
  });

// --- packets and witness ---------------------------------------------------------------------------------------------

/** Sends the packets of each line, a JSON array, and says when they are sent. */
const SENDER = `
const { createSocket } = require('node:dgram');
const { connect, isIPv6 } = require('node:net');
const udp = (from, to, port, done) => {
  const socket = createSocket(isIPv6(to) ? 'udp6' : 'udp4');
  socket.on('error', () => {});
  socket.bind(0, from, () => socket.send('x', port, to, () => done(() => socket.close())));
};
const tcp = (from, to, port, done) => {
  const socket = connect({ host: to, port, localAddress: from });
  socket.on('error', () => {});
  setImmediate(() => setImmediate(() => done(() => socket.destroy())));
};
require('node:readline').createInterface({ input: process.stdin }).on('line', async (line) => {
  const ends = await Promise.all(JSON.parse(line).map(({ protocol, from, to, port }) =>
    new Promise((resolve) => (protocol === 'udp' ? udp : tcp)(from, to, port, resolve))));
  await new Promise((resolve) => setTimeout(resolve, 30));
  for (const end of ends) end();
  console.log('sent');
});
`;

const PASSED = (hook: string): string => `chain ${hook} {
  type filter hook ${hook} priority 100
  ct state new add @seen4 { ip saddr . ip daddr . meta l4proto . th dport }
  ct state new add @seen6 { ip6 saddr . ip6 daddr . meta l4proto . th dport }
}`;
/** What is left of the packets when they have met the firewall. */
const WITNESS = `table inet witness {
  set seen4 { type ipv4_addr . ipv4_addr . inet_proto . inet_service; flags dynamic; size 65535; }
  set seen6 { type ipv6_addr . ipv6_addr . inet_proto . inet_service; flags dynamic; size 65535; }
  ${['input', 'forward', 'output'].map(PASSED).join('\n')}
}`;

const keyOf = ({ from, to, protocol, port }: Packet): string => `${from} ${to} ${protocol} ${port}`;

const many = (port: number, count: number): Packet[] =>
  Array.from({ length: count }, () => ({
    hook: 'forward',
    sender: 'src',
    protocol: 'udp',
    from: '10.1.0.2',
    to: '10.2.0.2',
    port,
  }));

function packetsOf(r: Random): Packet[] {
  const found = new Map<string, Packet>();
  for (let i = 0; i < PACKETS; i++) {
    const hook = r.pick(['input', 'forward', 'forward', 'output'] as const);
    const sender: Packet['sender'] = hook === 'output' ? 'fw' : r.pick(['src', 'dst'] as const);
    const receiver =
      hook === 'input' ? 'fw' : sender === 'src' ? 'dst' : sender === 'dst' ? 'src' : r.pick(['src', 'dst'] as const);
    const from = r.pick(ADDRESSES[sender]);
    // What the node itself sends has an address that it has there.
    const to = r.pick(ADDRESSES[receiver].filter((address) => isIPv6(address) === isIPv6(from)));
    const packet: Packet = { hook, sender, protocol: r.pick(['tcp', 'udp'] as const), from, to, port: r.pick(PORTS) };
    found.set(keyOf(packet), packet);
  }
  return [...found.values()];
}

suite('a firewall', { skip: skipWithoutRoot }, () => {
  const senders = new Map<string, { child: ChildProcess; lines: Interface }>();
  let untouched: HostSnapshot;
  let lab: Lab;
  let fw: Node;

  const nft = (text: string): void => void feed(text, 'ip', 'netns', 'exec', fw.namespace, 'nft', '-f', '-');

  function seen(): Set<string> {
    const { nftables } = JSON.parse(
      run('ip', 'netns', 'exec', fw.namespace, 'nft', '-j', 'list', 'table', 'inet', 'witness'),
    ) as {
      nftables: { set?: { elem?: { concat: (string | number)[] }[] } }[];
    };
    nft('flush set inet witness seen4; flush set inet witness seen6');
    return new Set(nftables.flatMap(({ set }) => set?.elem ?? []).map((element) => element.concat.join(' ')));
  }

  const send = async (packets: readonly Packet[]): Promise<void> => {
    await Promise.all(
      [...senders].map(async ([name, { child, lines }]) => {
        const own = packets.filter(({ sender }) => sender === name);
        if (own.length === 0) return;
        const sent = once(lines, 'line');
        child.stdin!.write(`${JSON.stringify(own)}\n`);
        await sent;
      }),
    );
  };

  before(async () => {
    const warm = await Lab.up({ name: labName('warm'), nodes: { a: {} } });
    await warm.node('a').exec('true');
    await warm.down();
    untouched = snapshotHost();
    const at = (name: 'src' | 'fw' | 'dst', network: string): string[] =>
      ADDRESSES[name].filter((address) => SUBNETS[network]!.some((subnet) => within(address, subnet)));
    lab = await Lab.up({
      name: labName('fw'),
      networks: {
        lan: { subnet: SUBNETS['lan']!, gateway: 'fw' },
        servers: { subnet: SUBNETS['servers']!, gateway: 'fw' },
      },
      nodes: {
        src: { networks: { lan: at('src', 'lan') } },
        fw: { networks: { lan: at('fw', 'lan'), servers: at('fw', 'servers') }, forward: true },
        dst: { networks: { servers: at('dst', 'servers') } },
      },
    });
    fw = lab.node('fw');
    nft(WITNESS);
    for (const name of ['src', 'fw', 'dst']) {
      const child = lab.node(name).spawn(process.execPath, ['-e', SENDER], { stdio: ['pipe', 'pipe', 'inherit'] });
      senders.set(name, { child, lines: createInterface({ input: child.stdout! }) });
    }
  });

  after(async () => {
    for (const { child } of senders.values()) child.stdin!.end();
    await lab.down();
    await assertUnchanged(untouched);
  });

  test(`passes what a model of ${POLICIES} random policies passes`, { timeout: 120_000 }, async (t) => {
    let [sent, passed] = [0, 0];
    for (let seed = SEED; seed < SEED + POLICIES; seed++) {
      const r = new Random(seed);
      const policy = randomFirewall(r, PEERS);
      await fw.setFirewall(policy);
      const packets = packetsOf(r);
      await send(packets);
      const found = seen();
      for (const packet of packets) {
        const expected = passes(policy, packet);
        assert.equal(
          found.has(keyOf(packet)),
          expected,
          `NETWRIGHT_SEED=${seed} NETWRIGHT_RUNS=1: ${JSON.stringify(packet)} ${expected ? 'should pass' : 'should not pass'} ${JSON.stringify(policy)}`,
        );
        sent++;
        if (expected) passed++;
      }
    }
    assert.ok(passed > sent / 10 && passed < (sent * 9) / 10, `${passed} of ${sent} passed: that proves little`);
    t.diagnostic(`${sent} packets, of which ${passed} passed`);
  });

  test('lets ICMP errors and pings through as its rules say, in both families', async () => {
    await fw.setFirewall({
      forward: {
        allow: [
          { from: 'lan', icmp: 'echo-request' },
          { from: 'lan', udp: 9 },
        ],
      },
      input: 'deny',
    });
    for (const target of ['10.2.0.2', 'fd02::2']) {
      assert.equal((await lab.node('src').exec('ping', ['-c1', '-W5', target])).status, 0, target);
      // Neighbours are found although the node itself takes nothing.
      assert.notEqual((await lab.node('src').exec('ping', ['-c1', '-W0.2', '10.1.0.1'])).status, 0);
      const refused = await lab.node('src').exec(process.execPath, [
        '-e',
        `
        const socket = require('node:dgram').createSocket('udp${target.includes(':') ? 6 : 4}');
        socket.connect(9, '${target}', () => setInterval(() => socket.send('x'), 100));
        socket.on('error', ({ code }) => { console.log(code); process.exit(); });
        // The kernel sends such errors now and then only: those of the packets before have used up the first.
        setTimeout(() => process.exit(), 20_000);`,
      ]);
      assert.equal(refused.stdout.trim(), 'ECONNREFUSED', `the error from ${target} is related`);
    }
    for (const source of ['10.1.0.2', 'fd01::2'])
      assert.notEqual((await lab.node('dst').exec('ping', ['-c1', '-W0.2', source])).status, 0, source);
    const view = fw.firewall()!;
    assert.equal(view.forward!.rules[0]!.packets, 2);
    assert.ok(view.forward!.related.packets >= 2);
    assert.equal(view.forward!.default.packets, 2);
    assert.equal(view.forward!.rules[0]!.words, '{ from: lan, icmp: echo-request }');
  });

  test('keeps what is established when its policy is replaced, and says what is refused', async () => {
    await fw.setFirewall(undefined);
    assert.equal(fw.firewall(), undefined);
    const server = lab.node('dst').spawn(process.execPath, [
      '-e',
      `
      require('node:net').createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(80, '::', () => console.log('ready'));`,
    ]);
    await once(server.stdout!, 'data');
    const client = lab.node('src').spawn(
      process.execPath,
      [
        '-e',
        `
      const socket = require('node:net').connect(80, '10.2.0.2', () => console.log('connected'));
      socket.on('data', (data) => process.stdout.write(data)).on('error', ({ code }) => console.log(code));
      process.stdin.on('data', (data) => socket.write(data));`,
      ],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    await once(client.stdout!, 'data');
    const connect = async (timeout: number): Promise<string> =>
      (
        await lab.node('src').exec(process.execPath, [
          '-e',
          `
          const socket = require('node:net').connect({ port: 80, host: '10.2.0.2', timeout: ${timeout} });
          const say = (what) => { console.log(what); process.exit(); };
          socket.on('connect', () => say('connected')).on('error', ({ code }) => say(code)).on('timeout', () => say('silence'));`,
        ])
      ).stdout.trim();
    const policies: readonly (readonly [FirewallInput, string])[] = [
      [{ forward: 'deny' }, 'silence'],
      [{ forward: 'reject' }, 'ECONNREFUSED'],
      [{ forward: { deny: [{ tcp: 80 }], default: 'allow' } }, 'silence'],
      [{ forward: { allow: [{ to: 'servers', tcp: '80-81' }] } }, 'connected'],
    ];
    for (const [policy, outcome] of policies) {
      await fw.setFirewall(policy);
      assert.equal(await connect(outcome === 'silence' ? 300 : 20_000), outcome, JSON.stringify(policy));
      client.stdin!.write('still there\n');
      assert.equal(String((await once(client.stdout!, 'data'))[0]), 'still there\n');
    }
    assert.equal(fw.firewall()!.forward!.rules[0]!.packets, 1);
    for (const child of [client, server]) {
      const closed = once(child, 'close');
      child.kill();
      await closed;
    }
    // The topology that the lab has now says it, too: nothing is left for anybody to mend.
    nft('delete table inet witness');
    assertKernelIs(lab.name, compileSaved(lab.name).state);
    nft(WITNESS);
  });

  test('is limited where it says so', async () => {
    await fw.setFirewall({
      forward: { allow: [{ udp: 7, limit: '1/hour burst 3' }, { udp: 8 }], limit: '1/hour burst 20' },
    });
    await send(many(7, 9));
    await send(many(8, 30));
    const { rules, limit, default: rest } = fw.firewall()!.forward!;
    assert.deepEqual(
      rules.map(({ packets }) => packets),
      [3, 11],
    );
    assert.equal(rest.packets, 6);
    assert.equal(limit!.packets, 19);
  });
});
