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
import { classifyTcp, classifyUdp, type Behaviour } from '../support/stun/classify.ts';
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
    const nats = names.flatMap((name) => ['x', 'y'].map((side) => [`${side}-${name}`, name as keyof typeof PRESETS] as const));
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
          async ([pair, a, b]) => [pair, await punch(sockets, [`${lab.name}.${a}`, `${lab.name}.${b}`], server)] as const,
        ),
      );
      assert.deepEqual(Object.fromEntries(found), Object.fromEntries(pairs.map(([pair]) => [pair, cells.get(pair)])), punch.name);
    }
  });
});

const SAME = 'behind the same one';

/** The table of docs/nat.md: what it says of each pair. It is the same both ways. */
function documented(): { names: string[]; cells: Map<string, boolean> } {
  const rows = readFileSync('docs/nat.md', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()));
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
