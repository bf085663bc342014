// A topology, compiled, tells all of itself: what is read back from the state compiles to that state again.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { NetworkState } from '../../src/state/index.ts';
import {
  checkTopology,
  compile,
  decompile,
  parseTopology,
  TopologyError,
  topologyText,
  type Compiled,
  type Topology,
} from '../../src/topology/index.ts';
import { casesOf } from '../support/fuzz.ts';
import { randomTopology } from '../support/topologies.ts';
import { Random } from './random.ts';

const RUNS = casesOf('NETWRIGHT_RUNS', 1000, 50);
const SEED = Number(process.env['NETWRIGHT_SEED'] ?? 1);

const compileChecked = (topology: Topology, ipv6: boolean): Compiled =>
  compile(topology, {
    ipv6,
    uplink: { v4: '198.18.0.0/24' as never, ...(ipv6 && { v6: 'fd99::/64' as never }) },
  });

/** Routes in the order of their texts, and everything else by name: what a kernel tells apart. */
const comparable = ({ namespaces }: NetworkState): unknown =>
  Object.fromEntries(
    Object.entries(namespaces)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, state]) => [
        name,
        { ...state, routes: state.routes.map((route) => JSON.stringify(route)).toSorted() },
      ]),
  );

/** The state as a kernel would list it: namespaces by name, and in each the links as they came. */
const shuffled = ({ namespaces }: NetworkState): NetworkState => ({
  namespaces: Object.fromEntries(Object.entries(namespaces).toSorted(([a], [b]) => (a < b ? -1 : 1))),
});

suite('decompiling', () => {
  for (const ipv6 of [true, false]) {
    test(`${RUNS} random topologies, ${ipv6 ? 'with' : 'without'} IPv6`, () => {
      let proved = 0;
      for (let seed = SEED; proved < RUNS; seed++) {
        const topology = randomTopology(new Random(seed), 'rnd');
        let compiled: Compiled;
        try {
          compiled = compileChecked(checkTopology(topology), ipv6);
        } catch (error) {
          if (error instanceof TopologyError) continue;
          throw error;
        }
        const message = (): string => `NETWRIGHT_SEED=${seed} NETWRIGHT_RUNS=1: ${JSON.stringify(topology, null, 1)}`;
        try {
          const found = decompile('rnd', shuffled(compiled.state), { ipv6 });
          assert.deepEqual(found.notes, []);
          const checked = checkTopology(found.topology);
          const { state } = compileChecked(checked, ipv6);
          assert.deepEqual(comparable(state), comparable(compiled.state));
          const text = topologyText(found.topology, found.notes);
          assert.deepEqual(parseTopology(text, 'rnd.yaml'), checked, text);
          // Nothing is said that need not be.
          const again = decompile('rnd', shuffled(state), { ipv6 });
          assert.deepEqual(again.topology, found.topology);
        } catch (error) {
          console.error(message());
          throw error;
        }
        proved++;
      }
    });
  }
});
