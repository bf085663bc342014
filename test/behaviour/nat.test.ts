// What a NAT does is what its file says: measured from behind it, by UDP and by TCP, as RFC 5780 says how.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { after, before, suite, test } from 'node:test';
import type { Ip } from '../../src/addr/index.ts';
import { down, Lab, planLab, snapshot, type TopologyInput } from '../../src/library/index.ts';
import { FILTERINGS, MAPPINGS, PRESETS, type NatPolicy } from '../../src/nat/index.ts';
import { describeNat } from '../../src/cli/output/nat.ts';
import { STDOUT, styleFor } from '../../src/cli/output/style.ts';
import { feed, sh } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { assertUnchanged, snapshotHost, type HostSnapshot } from '../support/host.ts';
import { labName } from '../support/names.ts';
import { skipWithoutRoot } from '../support/privilege.ts';
import { classifyTcp, classifyUdp, TcpClient, UdpClient, type Behaviour } from '../support/stun/classify.ts';
import { ANY, connect, Udp, type Endpoint } from '../support/stun/endpoint.ts';
import { punchTcp, punchUdp } from '../support/stun/punch.ts';
import { StunServer } from '../support/stun/server.ts';
import { World } from '../support/stun/world.ts';

type NodeInput = NonNullable<NonNullable<TopologyInput['nodes']>[string]>;
type NatInput = NonNullable<NodeInput['nat']>;

const SERVER = ['203.0.113.1', '203.0.113.2'] as unknown as readonly [Ip, Ip];

/** A server, and behind a NAT of each kind two clients: `NAME-a` and `NAME-b`. */
function world(name: string, nats: Readonly<Record<string, NatInput>>): TopologyInput {
  const networks: Record<string, object> = { net: { subnet: '203.0.113.0/24' } };
  const nodes: Record<string, NodeInput> = { server: { networks: { net: [...SERVER] } } };
  for (const [kind, nat] of Object.entries(nats)) {
    // The same addresses behind each.
    networks[kind] = { subnet: '10.0.0.0/24', gateway: `${kind}-nat` };
    nodes[`${kind}-nat`] = { networks: ['net', kind], routes: [`default via ${SERVER[0]}`], nat };
    for (const client of ['a', 'b']) nodes[`${kind}-${client}`] = { networks: [kind] };
  }
  return { name, networks, nodes };
}

const said = ({ mapping, filtering, hairpin, portPreserving }: NatPolicy): Behaviour => ({
  mapping,
  filtering,
  hairpin,
  preserving: portPreserving,
});

suite('a NAT', { skip: skipWithoutRoot }, () => {
  let untouched: HostSnapshot;
  before(async () => {
    const warm = await Lab.up({ name: labName('warm'), nodes: { a: { internet: true } } });
    await warm.node('a').exec('true');
    await warm.down();
    untouched = snapshotHost();
  });
  after(() => assertUnchanged(untouched));

  const combinations: Record<string, { nat: NatInput; expected: Behaviour }> = {};
  for (const [name, policy] of Object.entries(PRESETS))
    combinations[name] = { nat: name as keyof typeof PRESETS, expected: said(policy) };
  for (const [m, mapping] of MAPPINGS.entries()) {
    for (const [f, filtering] of FILTERINGS.entries()) {
      for (const hairpin of [true, false]) {
        for (const preserving of [true, false]) {
          combinations[`m${m}f${f}${hairpin ? 'h' : ''}${preserving ? 'p' : ''}`] = {
            nat: { mapping, filtering, hairpin, 'port-preserving': preserving, 'udp-timeout': '30s' },
            expected: { mapping, filtering, hairpin, preserving },
          };
        }
      }
    }
  }

  test('of every preset, and of every combination of axes, is measured to be what it says', async () => {
    await using lab = await Lab.up(
      world(labName('axes'), Object.fromEntries(Object.entries(combinations).map(([name, { nat }]) => [name, nat]))),
    );
    using sockets = new World();
    const server = new StunServer(sockets, `${lab.name}.server`, SERVER);
    for (const classify of [classifyUdp, classifyTcp]) {
      const measured = await Promise.all(
        Object.keys(combinations).map(
          async (name) => [name, await classify(sockets, `${lab.name}.${name}-a`, server)] as const,
        ),
      );
      assert.deepEqual(
        Object.fromEntries(measured),
        Object.fromEntries(Object.entries(combinations).map(([name, { expected }]) => [name, expected])),
        classify.name,
      );
    }
  });

  test('lets those through to each other that the table in the documentation says', async () => {
    const { names, cells } = documented();
    assert.deepEqual(names, Object.keys(PRESETS));
    const nats = names.flatMap((name) =>
      ['x', 'y'].map((side) => [`${side}-${name}`, name as keyof typeof PRESETS] as const),
    );
    await using lab = await Lab.up(world(labName('punch'), Object.fromEntries(nats)));
    using sockets = new World();
    const server = new StunServer(sockets, `${lab.name}.server`, SERVER);
    const pairs = names.flatMap((one, i) => [
      ...names.slice(i).map((other): [string, string, string] => [`${one}, ${other}`, `x-${one}-a`, `y-${other}-a`]),
      [`${one}, ${SAME}`, `x-${one}-a`, `x-${one}-b`] as [string, string, string],
    ]);
    for (const punch of [punchUdp, punchTcp]) {
      const found = await Promise.all(
        pairs.map(
          async ([pair, a, b]) =>
            [pair, await punch(sockets, [`${lab.name}.${a}`, `${lab.name}.${b}`], server)] as const,
        ),
      );
      assert.deepEqual(
        Object.fromEntries(found),
        Object.fromEntries(pairs.map(([pair]) => [pair, cells.get(pair)])),
        punch.name,
      );
    }
  });
});

suite('the ports of a NAT', { skip: skipWithoutRoot }, () => {
  let untouched: HostSnapshot;
  before(() => (untouched = snapshotHost()));
  after(() => assertUnchanged(untouched));

  /** Many inside hosts, all of one node. */
  const CROWD = Array.from({ length: 30 }, (_, i) => `10.0.0.${100 + i}` as Ip);
  const crowded = (name: string, nats: Readonly<Record<string, NatInput>>): TopologyInput => {
    const { nodes, ...rest } = world(name, nats);
    return {
      ...rest,
      nodes: {
        ...nodes,
        ...Object.fromEntries(Object.keys(nats).map((kind) => [`${kind}-a`, { networks: { [kind]: CROWD } }])),
      },
    };
  };

  test('are nobody else’s, in the range, and of the parity that is asked for, however many want the same', async () => {
    const nats = {
      home: 'home',
      symmetric: 'symmetric',
      parity: { parity: true, 'port-preserving': false, ports: '3000-4001' },
      few: { ports: '40000-40029' },
    } as const satisfies Record<string, NatInput>;
    const range = { home: [1024, 65535], symmetric: [1024, 65535], parity: [3000, 4001], few: [40000, 40029] } as const;
    await using lab = await Lab.up(crowded(labName('crowd'), nats));
    using sockets = new World();
    const server = new StunServer(sockets, `${lab.name}.server`, SERVER);
    for (const kind of Object.keys(nats) as (keyof typeof nats)[]) {
      for (const protocol of ['udp', 'tcp'] as const) {
        const seen = await Promise.all(
          CROWD.map((address) =>
            mappedFrom(sockets, `${lab.name}.${kind}-a`, { address, port: 40_007 }, server, protocol),
          ),
        );
        const what = `${kind}, ${protocol}: ${seen.map(({ port }) => port).join(' ')}`;
        assert.equal(new Set(seen.map(({ port }) => port)).size, CROWD.length, what);
        const [low, high] = range[kind];
        assert.ok(
          seen.every(({ port }) => port >= low && port <= high),
          what,
        );
        if (kind === 'home') assert.equal(seen.filter(({ port }) => port === 40_007).length, 1, what);
        // The first few of them: by lot, any may come.
        if (kind === 'parity') assert.ok(seen.filter(({ port }) => port % 2 === 1).length >= 8, what);
        // They are told by whom they were given to, too.
        const told = lab
          .node(`${kind}-nat`)
          .nat()!
          .mappings.filter((one) => one.protocol === protocol);
        assert.deepEqual(
          told.map(({ inside, outside }) => `${inside} ${outside}`).toSorted(),
          seen.map(({ port, address }, i) => `${CROWD[i]}:40007 ${address}:${port}`).toSorted(),
          kind,
        );
      }
    }
  });

  test('that are all taken are given to nobody else', async () => {
    await using lab = await Lab.up(crowded(labName('taken'), { tiny: { ports: '40000-40003' } }));
    using sockets = new World();
    const server = new StunServer(sockets, `${lab.name}.server`, SERVER);
    const clients = CROWD.slice(0, 6).map((address) => new UdpClient(sockets, `${lab.name}.tiny-a`, 50_000, address));
    for (const target of [server.at(0, 0), server.at(1, 1)]) {
      const ports = new Set<number>();
      for (const client of clients.slice(0, 4)) ports.add((await client.ask(target)).mapped.port);
      assert.deepEqual(ports, new Set([40_000, 40_001, 40_002, 40_003]));
    }
    // Whatever lot draws, also for destinations that none of the others has talked to.
    for (const { socket } of clients.slice(4))
      for (const target of [server.at(0, 0), server.at(0, 1)])
        for (let i = 0; i < 20; i++) socket.send('{"id":"1"}', target);
    await clients[0]!.ask(server.at(0, 0));
    await sockets.until(() => false, 50);
    assert.deepEqual(
      clients.map(({ socket }) => socket.received.length === 0),
      [false, false, false, false, true, true],
    );
    // Nor when there is no room to note who draws, as where somebody floods.
    const drawn = Array.from({ length: 65_535 }, (_, i) => `10.9.${i >> 8}.${i & 255} . 7 timeout 1h`);
    const nft = (text: string): void =>
      void feed(text, 'ip', 'netns', 'exec', `${lab.name}.tiny-nat`, 'nft', '-f', '-');
    nft('flush set inet netwright-nat udp-drawn');
    nft(`add element inet netwright-nat udp-drawn { ${drawn.join(', ')} }`);
    for (let i = 0; i < 5; i++) clients[5]!.socket.send('{"id":"1"}', server.at(1, 0));
    await clients[0]!.ask(server.at(0, 0));
    assert.equal(clients[5]!.socket.received.length, 0);
  });

  test('of one endpoint are as many as it has destinations, where the mapping depends on them', async () => {
    await using lab = await Lab.up(world(labName('many'), { symmetric: 'symmetric' }));
    using sockets = new World();
    const echoes = Array.from(
      { length: 40 },
      (_, i) => new Udp(sockets, `${lab.name}.server`, { address: SERVER[0], port: 7000 + i }),
    );
    const client = new UdpClient(sockets, `${lab.name}.symmetric-a`);
    for (let round = 0; round < 3; round++) {
      const counts = echoes.map(({ received }) => received.length);
      // A first packet may be lost, drawing lots.
      const heard = async (): Promise<boolean> => {
        for (const [i, { received, local }] of echoes.entries())
          if (received.length === counts[i]) client.socket.send('hello', local);
        return sockets.until(() => echoes.every(({ received }, i) => received.length > counts[i]!), 200);
      };
      let all = false;
      for (let i = 0; i < 20 && !all; i++) all = await heard();
      assert.ok(all);
    }
    const ports = echoes.map(({ received }) => new Set(received.map(({ from }) => from.port)));
    assert.ok(
      ports.every(({ size }) => size === 1),
      'a destination has seen two ports of one endpoint',
    );
    assert.equal(new Set(ports.flatMap((some) => [...some])).size, echoes.length);
  });

  test('are kept as long as something is sent, and for as long as is said after that', async () => {
    await using lab = await Lab.up(
      world(labName('life'), {
        short: { filtering: 'endpoint-independent', 'udp-timeout': '3s' },
      }),
    );
    using sockets = new World();
    const server = new StunServer(sockets, `${lab.name}.server`, SERVER);
    const stranger = new Udp(sockets, `${lab.name}.server`, { address: SERVER[1], port: 0 });
    const client = new UdpClient(sockets, `${lab.name}.short-a`);
    const { mapped } = await client.ask(server.at(0, 0));
    const passes = async (milliseconds: number): Promise<boolean> => {
      const before = client.socket.received.length;
      stranger.send('{"id":"stranger"}', mapped);
      return sockets.until(() => client.socket.received.length > before, milliseconds);
    };
    // By what is sent outwards; and by answers, since a port must not become another's while a connection lives.
    const answered = new UdpClient(sockets, `${lab.name}.short-b`);
    const rendezvous = new Udp(sockets, `${lab.name}.server`, { address: SERVER[0], port: 9000 });
    answered.socket.send('hello', rendezvous.local);
    assert.ok(await sockets.until(() => rendezvous.received.length > 0, 10_000));
    for (const end = performance.now() + 1.5 * 3000; performance.now() < end;) {
      await client.ask(server.at(0, 1));
      rendezvous.send('{"id":"more"}', rendezvous.received[0]!.from);
      await sockets.until(() => false, 150);
    }
    const kept = lab
      .node('short-nat')
      .nat()!
      .mappings.filter(({ expires }) => expires !== undefined);
    assert.deepEqual(
      new Set(kept.map(({ inside, outside }) => `${inside} ${outside}`)),
      new Set([
        `10.0.0.2:${client.socket.local.port} ${mapped.address}:${mapped.port}`,
        `10.0.0.3:${answered.socket.local.port} ${mapped.address}:${rendezvous.received[0]!.from.port}`,
      ]),
    );
    assert.ok(await passes(10_000));
    const gone = await sockets.until(() => lab.node('short-nat').nat()!.mappings.length === 0, 20_000);
    assert.ok(gone, 'a mapping that is not in use is kept');
    assert.equal(await passes(100), false);
  });
});

suite('what else a NAT does', { skip: skipWithoutRoot }, () => {
  let untouched: HostSnapshot;
  before(() => (untouched = snapshotHost()));
  after(() => assertUnchanged(untouched));

  test('an inside address with an outside one for itself is reached there, and seen as it', async () => {
    const topology = world(labName('one'), {
      home: { 'one-to-one': { '10.0.0.2': '203.0.113.100', '10.0.0.3': '192.0.2.7' } },
    });
    const networks = { net: ['203.0.113.50', '203.0.113.100'], home: null };
    await using lab = await Lab.up({
      ...topology,
      nodes: {
        ...topology.nodes,
        server: { ...topology.nodes!['server'], routes: ['192.0.2.0/24 via 203.0.113.50'] },
        'home-nat': { ...topology.nodes!['home-nat'], networks },
      },
    });
    using sockets = new World();
    const server = new StunServer(sockets, `${lab.name}.server`, SERVER);
    const own = { a: '203.0.113.100', b: '192.0.2.7' };
    for (const [name, outside] of Object.entries(own)) {
      const client = new UdpClient(sockets, `${lab.name}.home-${name}`, 5000);
      assert.deepEqual((await client.ask(server.at(0, 0))).mapped, { address: outside, port: 5000 });
      const ping = await lab.node('server').exec('ping', ['-c1', '-W5', outside]);
      assert.equal(ping.status, 0, ping.stdout);
    }
    // From inside, too: a's packets come to b from a's outside address.
    const a = new UdpClient(sockets, `${lab.name}.home-a`, 6000);
    const b = new UdpClient(sockets, `${lab.name}.home-b`, 6000);
    a.socket.send('"hello"', { address: own.b as Ip, port: 6000 });
    assert.ok(await sockets.until(() => b.socket.received.length > 0, 2000));
    assert.deepEqual(b.socket.received[0]!.from, { address: own.a, port: 6000 });
  });

  test('prefixes are replaced without state, both ways, in errors too, and no checksum with them', async () => {
    await using lab = await Lab.up({
      name: labName('npt'),
      networks: {
        net: { subnet: ['203.0.113.0/24', '2001:db8:ffff::/64'] },
        lan: { subnet: ['10.0.0.0/24', 'fd01:203:405:1::/64'], gateway: 'nat' },
        far: { subnet: ['198.51.100.0/24', '2001:db8:fffe::/64'], gateway: 'server', mtu: 1280 },
      },
      nodes: {
        server: {
          networks: ['net', 'far'],
          forward: true,
          routes: ['2001:db8:1::/48 via 2001:db8:ffff::9'],
        },
        nat: {
          networks: { net: ['203.0.113.9', '2001:db8:ffff::9'], lan: null },
          routes: ['default via 203.0.113.1', 'default via 2001:db8:ffff::1'],
          nat: { prefix: { 'fd01:203:405::/48': '2001:db8:1::/48' } },
        },
        client: { networks: { lan: ['10.0.0.2', 'fd01:203:405:1::1234'] } },
        other: { networks: { lan: ['10.0.0.3', 'fd01:203:405:1::5678'] } },
        remote: { networks: ['far'] },
      },
      expect: [
        { from: 'client', to: '2001:db8:fffe::2', tcp: 80 },
        { from: 'client', to: '2001:db8:fffe::2', udp: 53 },
        // RFC 6296, 3.3: the counterpart of the client's address, as its example has it. From outside, unasked.
        { from: 'remote', to: '2001:db8:1:d550::1234', icmp: true },
        // Inside endpoints reach each other by their outside addresses.
        { from: 'client', to: '2001:db8:1:d550::5678', icmp: true },
      ],
    });
    await proves(lab);
    const flows = sh(`ip netns exec ${lab.name}.nat conntrack -L -f ipv6`);
    assert.doesNotMatch(flows, /2001:db8:1:d550/, 'the translation is not stateless');
    // What is too large for the far network: the router says so to the outside address, and the client believes it.
    const ping = await lab
      .node('client')
      .exec('ping', ['-6', '-c2', '-W5', '-i0.2', '-M', 'do', '-s', '1400', '2001:db8:fffe::2']);
    assert.match(ping.stdout + ping.stderr, /mtu[ =]1280/i);
    const seen = sh(`ip -6 -n ${lab.name}.client route get 2001:db8:fffe::2`);
    assert.match(seen, /mtu 1280/);
    // And errors about what went from inside to inside are about what the client has sent.
    const refused = await lab.node('client').exec(process.execPath, [
      '-e',
      `const socket = require('node:dgram').createSocket('udp6');
      socket.connect(9, '2001:db8:1:d550::5678', () => setInterval(() => socket.send('x'), 100));
      socket.on('error', ({ code }) => { console.log(code); process.exit(); });
      setTimeout(() => process.exit(), 5000);`,
    ]);
    assert.equal(refused.stdout.trim(), 'ECONNREFUSED');
  });

  test('what is masqueraded leaves from the first address of the outside, in both families', async () => {
    const name = labName('first');
    for (const order of [
      [9, 8],
      [8, 9],
    ]) {
      const lab = await Lab.up({
        name,
        networks: {
          net: { subnet: ['203.0.113.0/24', '2001:db8:ffff::/64'], gateway: 'server' },
          lan: { subnet: ['10.0.0.0/24', 'fd01::/64'], gateway: 'nat' },
        },
        nodes: {
          server: { networks: { net: ['203.0.113.1', '2001:db8:ffff::1'] } },
          nat: {
            networks: {
              net: { address: order.flatMap((n) => [`203.0.113.${n}`, `2001:db8:ffff::${n}`]) },
              lan: null,
            },
            nat: { ipv6: 'masquerade' },
          },
          client: { networks: ['lan'] },
        },
      });
      const [first] = order;
      for (const to of ['203.0.113.1', '2001:db8:ffff::1'])
        assert.equal((await lab.node('client').exec('ping', ['-c1', '-W5', to])).status, 0);
      const flows = ['ipv4', 'ipv6']
        .map((family) => sh(`ip netns exec ${name}.nat conntrack -L -f ${family}`))
        .join('');
      assert.match(flows, new RegExp(`src=203\\.0\\.113\\.1 dst=203\\.0\\.113\\.${first} `));
      assert.match(flows, new RegExp(`src=2001:db8:ffff::1 dst=2001:db8:ffff::${first} `));
      assert.equal(lab.node('nat').nat()!.address6, `2001:db8:ffff::${first}`);
      assert.deepEqual(planLab({ value: snapshot(name).topology }).operations, []);
      sh(`ip netns exec ${name}.nat conntrack -F`);
      await lab.node('client').close();
    }
    await down(name);
  });

  test('what flows already is translated as the NAT does by now, whether it comes, goes or gets another address', async () => {
    const name = labName('anew');
    const topology = (address: string, nat?: NatInput): TopologyInput => ({
      name,
      networks: { net: { subnet: '203.0.113.0/24' }, lan: { subnet: '10.0.0.0/24', gateway: 'home' } },
      nodes: {
        server: { networks: { net: [...SERVER] }, routes: ['10.0.0.0/24 via 203.0.113.60'] },
        home: {
          networks: { net: [address, '203.0.113.60'], lan: null },
          routes: [`default via ${SERVER[0]}`],
          forward: true,
          // Connections are tracked without the NAT, too.
          firewall: { forward: { default: 'allow' } },
          ...(nat !== undefined && { nat }),
        },
        a: { networks: { lan: ['10.0.0.2'] } },
      },
    });
    await using lab = await Lab.up(topology('203.0.113.50'));
    using sockets = new World();
    const server = new StunServer(sockets, `${lab.name}.server`, SERVER);
    const client = new UdpClient(sockets, `${lab.name}.a`, 5000, '10.0.0.2' as Ip);
    const steps: readonly (readonly [TopologyInput, string])[] = [
      [topology('203.0.113.50'), '10.0.0.2'],
      [topology('203.0.113.50', 'home'), '203.0.113.50'],
      [topology('203.0.113.51', 'home'), '203.0.113.51'],
      [topology('203.0.113.51', { 'one-to-one': { '10.0.0.2': '203.0.113.60' } }), '203.0.113.60'],
      [topology('203.0.113.51'), '10.0.0.2'],
    ];
    for (const [next, address] of steps) {
      await Lab.up(next);
      assert.equal((await client.ask(server.at(0, 0))).mapped.address, address);
    }
  });

  test('connections are tracked as long as RFC 5382 and RFC 5508 ask, and no longer than mappings are kept', async () => {
    const nats = { home: 'home', hasty: { 'tcp-timeout': '50s' } } as const satisfies Record<string, NatInput>;
    await using lab = await Lab.up(world(labName('ages'), nats));
    using sockets = new World();
    const server = new StunServer(sockets, `${lab.name}.server`, SERVER);
    for (const [kind, [established, opening]] of Object.entries({ home: [7440, 240], hasty: [50, 50] })) {
      await new TcpClient(sockets, `${lab.name}.${kind}-a`, 6000).connect(server.at(0, 0));
      // Nobody answers there.
      connect(
        sockets,
        `${lab.name}.${kind}-a`,
        { address: ANY, port: 6001 },
        { address: '203.0.113.250' as Ip, port: 9 },
      );
      await lab.node(`${kind}-a`).exec('ping', ['-c1', '-W1', SERVER[0]]);
      const flows = sh(`ip netns exec ${lab.name}.${kind}-nat conntrack -L`);
      const left = (what: RegExp): number => Number(what.exec(flows)?.[1]);
      const about = (seconds: number, expected: number | undefined): void =>
        assert.ok(seconds <= expected! && seconds > expected! - 20, `${kind}: ${seconds}, not ${expected}\n${flows}`);
      about(left(/^tcp +6 (\d+) ESTABLISHED/m), established);
      about(left(/^tcp +6 (\d+) SYN_SENT/m), opening);
      about(left(/^icmp +1 (\d+)/m), 60);
    }
  });

  test('inside addresses are not reached from outside, nor seen there', async () => {
    const topology = world(labName('wall'), { home: { ipv6: 'masquerade' } });
    await using lab = await Lab.up({
      ...topology,
      networks: {
        net: { subnet: ['203.0.113.0/24', '2001:db8:ffff::/64'] },
        home: { subnet: ['10.0.0.0/24', 'fd00:1::/64'], gateway: 'home-nat' },
      },
      nodes: {
        ...topology.nodes,
        // It knows the way, as a neighbour of whom one thinks ill would.
        server: { networks: { net: [...SERVER, '2001:db8:ffff::1'] }, routes: ['10.0.0.0/24 via 203.0.113.3'] },
        'home-nat': {
          networks: { net: ['203.0.113.3', '2001:db8:ffff::3'], home: null },
          routes: [`default via ${SERVER[0]}`],
          nat: { ipv6: 'masquerade' },
        },
      },
      expect: [
        { from: 'home-a', to: 'server', tcp: 80 },
        { from: 'home-a', to: '2001:db8:ffff::1', icmp: true },
        { from: 'server', to: '10.0.0.2', udp: 53, reachable: false },
        { from: 'server', to: '10.0.0.2', icmp: true, reachable: false },
        { from: 'home-a', to: 'home-b', icmp: true },
        // The node's own services stay reachable.
        { from: 'server', to: '203.0.113.3', tcp: 8080 },
        { from: 'server', to: '203.0.113.3', udp: 5353 },
      ],
    });
    await proves(lab);
  });

  test('what is lost of protocols without ports is told as conntrack tells it', async () => {
    await using lab = await Lab.up(world(labName('lost'), { home: 'home' }));
    const nat = lab.node('home-nat');
    const counted = (): number[] => {
      const cpus = sh(`ip netns exec ${nat.namespace} conntrack -S`);
      return ['insert_failed', 'drop'].map((name) =>
        [...cpus.matchAll(new RegExp(`\\b${name}=(\\d+)`, 'g'))].reduce((sum, [, n]) => sum + Number(n), 0),
      );
    };
    assert.deepEqual(nat.nat()!.losses, { insertFailed: 0, drop: 0 });
    const esp = `import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 50).sendto(bytes(20), ('${SERVER[0]}', 0))`;
    for (const client of ['home-a', 'home-b', 'home-b']) await lab.node(client).exec('python3', ['-c', esp]);
    const losses = await eventually(
      () => nat.nat()!.losses,
      ({ insertFailed }) => insertFailed >= 2,
      'nothing is lost',
    );
    assert.deepEqual([losses.insertFailed, losses.drop], counted());
    assert.match(
      describeNat('home', nat.nat(), styleFor(STDOUT)),
      /not translated: their connections would be the same/,
    );
  });

  test('the uplink may be what is outside', async () => {
    await using lab = await Lab.up({
      name: labName('up'),
      networks: { lan: { subnet: '10.0.0.0/24', gateway: 'home' } },
      nodes: { home: { networks: ['lan'], internet: true, nat: 'home' }, a: { networks: ['lan'] } },
      expect: [{ from: 'a', to: 'host', icmp: true }],
    });
    await proves(lab);
    const view = lab.node('home').nat()!;
    assert.equal(view.outside, 'uplink');
    assert.equal(view.address, lab.node('home').interfaces.at(-1)!.addresses[0]!.split('/')[0]);
  });

  test('what is translated now is told as conntrack tells it, and a second `up` changes none of it', async () => {
    const topology = world(labName('live'), { home: 'home' });
    await using lab = await Lab.up(topology);
    using sockets = new World();
    const server = new StunServer(sockets, `${lab.name}.server`, SERVER);
    const udp = new UdpClient(sockets, `${lab.name}.home-a`, 5000);
    await udp.ask(server.at(0, 0));
    await udp.ask(server.at(1, 1));
    await udp.ask(server.at(1, 1));
    const tcp = new TcpClient(sockets, `${lab.name}.home-b`, 6000);
    await tcp.connect(server.at(0, 0));
    assert.deepEqual((await Lab.up(topology)).result!.operations, []);
    const view = lab.node('home-nat').nat()!;
    const mappings = view.mappings.map(({ expires, connections, ...rest }) => ({
      ...rest,
      // A connection that is established is remembered for longer than others are.
      lives: expires! > (rest.protocol === 'tcp' ? 240 : 0),
      connections: connections.map(({ remote, from, state }) => `${from} ${remote} ${state}`).toSorted(),
    }));
    assert.deepEqual(mappings, [
      {
        protocol: 'tcp',
        inside: '10.0.0.3:6000',
        outside: '203.0.113.3:6000',
        lives: true,
        connections: ['inside 203.0.113.1:3478 established'],
      },
      {
        protocol: 'udp',
        inside: '10.0.0.2:5000',
        outside: '203.0.113.3:5000',
        lives: true,
        connections: ['inside 203.0.113.1:3478 answered', 'inside 203.0.113.2:3479 answered'],
      },
    ]);
    const witness = sh(`ip netns exec ${lab.name}.home-nat conntrack -L -o extended`);
    assert.match(
      witness,
      /tcp .*ESTABLISHED src=10\.0\.0\.3 dst=203\.0\.113\.1 sport=6000 .*dst=203\.0\.113\.3 sport=3478 dport=6000/,
    );
    assert.equal(witness.trim().split('\n').length, 3, witness);
    const { status, stdout } = runCli('nat', `${lab.name}.home-nat`);
    assert.equal(status, 0);
    assert.match(stdout, /mapping +endpoint-independent +an inside endpoint has one outside port/);
    assert.match(stdout, /udp +10\.0\.0\.2:5000 +203\.0\.113\.3:5000 +\d+s +→ 203\.0\.113\.[12]:347[89] +a\w+, \d+s/);
    const json = JSON.parse(runCli('nat', `${lab.name}.home-nat`, '--json').stdout) as typeof view;
    assert.deepEqual(json.policy, view.policy);
    assert.equal(json.mappings.length, 2);
  });

  test('a node without one says so, which is no failure; one that was changed by hand is', async () => {
    const firewall = { input: 'deny' } as const;
    const topology = world(labName('none'), { home: 'home' });
    const nodes = { ...topology.nodes, server: { ...topology.nodes!['server'], firewall } };
    await using lab = await Lab.up({ ...topology, nodes });
    const [without, nat, fw] = ['home-a', 'home-nat', 'server'].map((name) => lab.node(name));
    assert.equal(without!.nat(), undefined);
    assert.equal(without!.firewall(), undefined);
    for (const [command, said] of [
      ['nat', /has no NAT/],
      ['firewall', /has no firewall/],
    ] as const) {
      const { status, stdout } = runCli(command, without!.namespace);
      assert.equal(status, 0, command);
      assert.match(stdout, said);
      const json: unknown = JSON.parse(runCli(command, without!.namespace, '--json').stdout);
      assert.deepEqual(json, { namespace: without!.namespace, policy: null });
    }
    sh(`ip netns exec ${nat!.namespace} nft flush chain inet netwright-nat translate`);
    sh(`ip netns exec ${fw!.namespace} nft flush chain inet netwright-firewall words`);
    assert.throws(() => nat!.nat(), { code: 'ERR_NOT_FOUND', message: /changed by hand/ });
    assert.throws(() => fw!.firewall(), { code: 'ERR_NOT_FOUND', message: /changed by hand/ });
    assert.equal(runCli('nat', nat!.namespace).status, 1);
    assert.equal(runCli('firewall', fw!.namespace).status, 1);
  });
});

/** The endpoint that a server sees; those whose first packet was lost, drawing lots, try again. */
async function mappedFrom(
  sockets: World,
  namespace: string,
  from: Endpoint,
  server: StunServer,
  protocol: 'udp' | 'tcp',
): Promise<Endpoint> {
  if (protocol === 'tcp')
    return (await new TcpClient(sockets, namespace, from.port, from.address).connect(server.at(0, 0))).mapped;
  return (await new UdpClient(sockets, namespace, from.port, from.address).ask(server.at(0, 0))).mapped;
}

/** Fails with what of the lab's expectations does not hold: what is to be reached has more time than what is not. */
async function proves(lab: Lab): Promise<void> {
  const failed = (await lab.check({ timeout: 1000 })).filter(({ ok }) => !ok);
  if (failed.every(({ expectation }) => expectation.reachable))
    assert.deepEqual(failed.length === 0 ? [] : (await lab.check({ timeout: 10_000 })).filter(({ ok }) => !ok), []);
  else assert.deepEqual(failed, []);
}

const BUILT = fileURLToPath(new URL('../../../dist/cli.cjs', import.meta.url));
const MAIN = existsSync(BUILT) ? BUILT : fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

function runCli(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const { FORCE_COLOR: _, ...env } = process.env;
  return spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', timeout: 60_000, env });
}

const SAME = 'behind the same one';

/** The table of docs/nat.md: what it says of each pair. It is the same both ways. */
function documented(): { names: string[]; cells: Map<string, boolean> } {
  const rows = readFileSync('docs/nat.md', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  const start = rows.findIndex(([corner, first]) => corner === '' && first === Object.keys(PRESETS)[0]);
  const names = rows[start]!.slice(1);
  const cells = new Map<string, boolean>();
  for (const [row, ...values] of rows.slice(start + 1, start + 2 + names.length + 1)) {
    assert.equal(values.length, names.length, row);
    for (const [i, value] of values.entries()) {
      assert.match(value, /^(yes|no)$/);
      const pair = row === SAME ? `${names[i]}, ${row}` : `${row}, ${names[i]}`;
      const other = cells.get(`${names[i]}, ${row}`);
      if (other !== undefined && row !== names[i]) assert.equal(value === 'yes', other, `${row}, ${names[i]}`);
      cells.set(pair, value === 'yes');
    }
  }
  return { names, cells };
}
