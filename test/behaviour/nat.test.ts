// What a NAT does is what its file says: measured from behind it, by UDP and by TCP, as RFC 5780 says how.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Ip } from '../../src/addr/index.ts';
import { Lab, type TopologyInput } from '../../src/lab/index.ts';
import { FILTERINGS, MAPPINGS, PRESETS, type NatPolicy } from '../../src/topology/nat/policy.ts';
import { assertUnchanged, snapshotHost, type HostSnapshot } from '../support/host.ts';
import { labName } from '../support/names.ts';
import { skipWithoutRoot } from '../support/privilege.ts';
import { classifyTcp, classifyUdp, type Behaviour } from '../support/stun/classify.ts';
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
});
