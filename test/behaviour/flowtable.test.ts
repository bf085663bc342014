// A flowtable is made as nft would make it; where the kernel has none, the error says so and nothing is left. Each kernel can
// show one of the two: test/vm/flowtable.test.ts always runs on one that has flowtables.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { suite, test } from 'node:test';
import { doctor } from '../../src/doctor/index.ts';
import { ApplyError, CapabilityError, Lab, planLab, type TopologyInput } from '../../src/library/index.ts';
import { assertUnchanged, snapshotHost } from '../support/host.ts';
import { labName } from '../support/names.ts';
import { skipWithoutRoot } from '../support/privilege.ts';
import { assertKernelIs } from '../support/witness.ts';

const FLOWTABLE = 'add table inet t; add flowtable inet t f { hook ingress priority 0; devices = { lo }; };';

/** Whether the kernel has flowtables, by what nft is told. Any other answer than yes and "no such thing" is a fault. */
function hasFlowtables(): boolean {
  const { status, stderr } = spawnSync('unshare', ['--net', 'nft', FLOWTABLE], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  if (status !== 0)
    assert.match(stderr, /^Error: Could not process rule: (No such file or directory|Operation not supported)$/m);
  return status === 0;
}

async function leavesNothing(attempt: () => Promise<void>): Promise<void> {
  await (await Lab.up({ name: labName('warm'), nodes: { a: {} } })).down();
  const untouched = snapshotHost();
  await attempt();
  await assertUnchanged(untouched);
}

suite('a router with a flowtable', { skip: skipWithoutRoot }, () => {
  const has = skipWithoutRoot === false && hasFlowtables();
  const nodes = { a: { networks: ['lan'] }, r: { networks: ['lan'], forward: { flowtable: true } } };
  const topology: TopologyInput = { name: labName('flow'), networks: { lan: { subnet: '10.9.0.0/24' } }, nodes };

  test('is foretold by the doctor', async () => {
    const found = (await doctor()).find(({ id }) => id === 'flowtables');
    assert.equal(found?.status, has ? 'ok' : 'warning', JSON.stringify(found));
  });

  test('is made as nft would make it', { skip: has ? false : 'this kernel has no flowtables' }, () =>
    leavesNothing(async () => {
      const lab = await Lab.up(topology);
      assertKernelIs(lab.name, lab.result!.compiled.state);
      assert.deepEqual(planLab({ value: topology }).operations, []);
      await lab.down();
    }),
  );

  test('is refused where the kernel has none', { skip: has ? 'this kernel has flowtables' : false }, () =>
    leavesNothing(() =>
      assert.rejects(Lab.up(topology), (error: unknown) => {
        assert.ok(error instanceof ApplyError && error.rolledBack, String(error));
        assert.ok(error.cause instanceof CapabilityError, String(error.cause));
        assert.match(error.message, /this kernel lacks flowtables.*take "flowtable: true" out of the topology/);
        return true;
      }),
    ),
  );
});
