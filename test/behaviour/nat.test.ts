// What a NAT does is what its file says: measured from behind it, by UDP and by TCP, as RFC 5780 says how.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, suite, test } from 'node:test';
import type { Ip } from '../../src/addr/index.ts';
import { Lab, type TopologyInput } from '../../src/lab/index.ts';
import { FILTERINGS, MAPPINGS, PRESETS, type NatPolicy } from '../../src/topology/nat/policy.ts';
import { assertUnchanged, snapshotHost, type HostSnapshot } from '../support/host.ts';
import { labName } from '../support/names.ts';
import { skipWithoutRoot } from '../support/privilege.ts';
import { classifyTcp, classifyUdp, TcpClient, UdpClient, type Behaviour } from '../support/stun/classify.ts';
import { Udp, type Endpoint } from '../support/stun/endpoint.ts';
import { punchTcp, punchUdp } from '../support/stun/punch.ts';
import { StunServer, type Answer } from '../support/stun/server.ts';
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
    const warm = await Lab.up({ name: labName('warm'), networks: { lan: { subnet: '10.9.0.0/24' } } });
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
          .nat()
          .mappings.filter((one) => one.protocol === protocol);
        assert.deepEqual(
          told.map(({ inside, outside }) => [inside, outside]).toSorted(),
          seen.map(({ port, address }, i) => [`${CROWD[i]}:40007`, `${address}:${port}`]).toSorted(),
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
    for (const target of [server.at(0, 0), server.at(1, 1)])
      for (const client of clients) for (let i = 0; i < 20; i++) client.socket.send('{"id":"1"}', target);
    await sockets.until(() => false, 100);
    const mapped = clients.map(
      ({ socket }) => new Set(socket.received.map(({ text }) => (JSON.parse(text) as Answer).mapped.port)),
    );
    assert.deepEqual(
      mapped.map(({ size }) => size),
      [1, 1, 1, 1, 0, 0],
    );
    assert.deepEqual(new Set(mapped.flatMap((ports) => [...ports])), new Set([40_000, 40_001, 40_002, 40_003]));
  });

  test('of one endpoint are as many as it has destinations, where the mapping depends on them', async () => {
    await using lab = await Lab.up(world(labName('many'), { symmetric: 'symmetric' }));
    using sockets = new World();
    const echoes = Array.from(
      { length: 40 },
      (_, i) => new Udp(sockets, `${lab.name}.server`, { address: SERVER[0], port: 7000 + i }),
    );
    const client = new UdpClient(sockets, `${lab.name}.symmetric-a`);
    for (let round = 0; round < 3; round++) for (const { local } of echoes) client.socket.send('hello', local);
    const heard = await sockets.until(() => echoes.every(({ received }) => received.length > 0), 5000);
    assert.ok(heard);
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
        short: { filtering: 'endpoint-independent', 'udp-timeout': '1s', 'tcp-timeout': '1s' },
      }),
    );
    using sockets = new World();
    const server = new StunServer(sockets, `${lab.name}.server`, SERVER);
    const stranger = new Udp(sockets, `${lab.name}.server`, { address: SERVER[1], port: 0 });
    const client = new UdpClient(sockets, `${lab.name}.short-a`);
    const { mapped } = await client.ask(server.at(0, 0));
    const passes = async (): Promise<boolean> => {
      const before = client.socket.received.length;
      stranger.send('{"id":"stranger"}', mapped);
      return sockets.until(() => client.socket.received.length > before, 100);
    };
    // Refreshed by what is sent outwards, for twice as long as it would be kept otherwise.
    for (let i = 0; i < 10; i++) {
      await client.ask(server.at(0, 1));
      await sockets.until(() => false, 200);
    }
    const { mappings } = lab.node('short-nat').nat();
    assert.deepEqual(
      mappings.map(({ inside, outside }) => [inside, outside]),
      [[`10.0.0.2:${client.socket.local.port}`, `${mapped.address}:${mapped.port}`]],
    );
    assert.ok(await passes(), 'a mapping that is in use was forgotten');
    const gone = await sockets.until(() => lab.node('short-nat').nat().mappings.length === 0, 10_000);
    assert.ok(gone, 'a mapping that is not in use is kept');
    assert.equal(await passes(), false);
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
});

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
