// After `up`, other programs see what the description says, all of it and nothing else: for the examples, and for
// topologies nobody has thought of. After `down` the machine is as it was.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { before, suite, test } from 'node:test';
import { Lab, TopologyError, type TopologyInput } from '../../src/lab/index.ts';
import { observeLab } from '../../src/lab/up.ts';
import { Random } from '../fuzz/random.ts';
import { facts } from '../support/facts.ts';
import { assertUnchanged, snapshotHost } from '../support/host.ts';
import { labName } from '../support/names.ts';
import { skipWithoutRoot } from '../support/privilege.ts';
import { randomTopology } from '../support/topologies.ts';
import { assertKernelIs, assertStateIs } from '../support/witness.ts';

/** How many topologies a run tries; NETWRIGHT_SEED is the first one's number. */
const RUNS = Number(process.env['NETWRIGHT_RUNS'] ?? 40);
const SEED = Number(process.env['NETWRIGHT_SEED'] ?? Date.now() % 1_000_000);

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
    const lab = await Lab.up({ name: labName('warm'), networks: { lan: { subnet: ['10.9.0.0/24', 'fd09::/64'], internet: true } } });
    await lab.down();
  });

  const folder = 'examples';
  const examples = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.yaml')) : [];
  for (const name of examples) test(name, () => prove(`${folder}/${name}`));

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
          assert.ok(refused.size < RUNS, `the generator makes little that can be built: ${[...refused.keys()].join('\n')}`);
          continue;
        }
        t.diagnostic(`NETWRIGHT_SEED=${seed} NETWRIGHT_RUNS=1: ${JSON.stringify(topology, null, 1)}`);
        throw error;
      }
    }
    t.diagnostic(`seeds from ${SEED}; ${refused.size} refused`);
  });
});
