// A NAT's table is in the words that the kernel gives back, and tells all of the NAT.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalTable } from '../../src/nftables/index.ts';
import { readNat } from '../../src/nat/index.ts';
import { checkTopology, compile, TopologyError, type Topology } from '../../src/topology/index.ts';
import { modelOf } from '../../src/topology/checked.ts';
import { casesOf } from '../support/fuzz.ts';
import { randomTopology } from '../support/topologies.ts';
import { Random } from './random.ts';

const RUNS = casesOf('NETWRIGHT_RUNS', 100, 20);
const SEED = Number(process.env['NETWRIGHT_SEED'] ?? 1);

test(`${RUNS} random NATs`, () => {
  let proved = 0;
  for (let seed = SEED; proved < RUNS; seed++) {
    let topology: Topology;
    try {
      topology = checkTopology(randomTopology(new Random(seed), 'rnd'));
    } catch (error) {
      if (error instanceof TopologyError) continue;
      throw error;
    }
    const { state } = compile(topology, { ipv6: true, uplink: { v4: '198.18.0.0/24' as never } });
    for (const { name, nat } of modelOf(topology).nodes) {
      if (nat === undefined) continue;
      const table = state.namespaces[`rnd.${name}`]!.tables['inet netwright-nat']!;
      assert.deepEqual(canonicalTable(table), table, `seed ${seed}, ${name}`);
      const found = readNat(table);
      assert.ok(found !== undefined, `seed ${seed}, ${name}`);
      // Of a range of one port, there are no two ways to choose.
      const { parity: _, ...policy } = found.policy;
      assert.deepEqual({ ...policy, parity: undefined }, { ...nat.policy, ipv6: policy.ipv6, parity: undefined });
      assert.deepEqual([found.oneToOne, found.prefixes], [nat.oneToOne, nat.prefixes]);
      // Changed by hand, it is nobody's.
      const [first, ...others] = table.chains['translate']!.rules;
      const changed = { ...table, chains: { ...table.chains, translate: { rules: [...others, first!] } } };
      assert.equal(readNat(changed), undefined);
      proved++;
    }
  }
});
