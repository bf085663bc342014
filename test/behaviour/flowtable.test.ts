// A flowtable is there as nft would have made it, or the kernel cannot, and then the error says so and nothing is left.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { ApplyError, CapabilityError, Lab, planLab, type TopologyInput } from '../../src/library/index.ts';
import { assertUnchanged, snapshotHost } from '../support/host.ts';
import { labName } from '../support/names.ts';
import { skipWithoutRoot } from '../support/privilege.ts';
import { assertKernelIs } from '../support/witness.ts';

const FLOWTABLE = 'add table inet t; add flowtable inet t f { hook ingress priority 0; devices = { lo }; };';
const supported = (): boolean => spawnSync('unshare', ['--net', 'nft', FLOWTABLE], { stdio: 'ignore' }).status === 0;

test('a flowtable is made, or the kernel lacks it', { skip: skipWithoutRoot }, async () => {
  const nodes = { a: { networks: ['lan'] }, r: { networks: ['lan'], forward: { flowtable: true } } };
  const topology: TopologyInput = { name: labName('flow'), networks: { lan: { subnet: '10.9.0.0/24' } }, nodes };
  await (await Lab.up({ name: labName('warm'), nodes: { a: {} } })).down();
  const untouched = snapshotHost();
  if (supported()) {
    const lab = await Lab.up(topology);
    assertKernelIs(lab.name, lab.result!.compiled.state);
    assert.deepEqual(planLab({ value: topology }).operations, []);
    await lab.down();
  } else {
    await assert.rejects(Lab.up(topology), (error: unknown) => {
      assert.ok(error instanceof ApplyError && error.rolledBack, String(error));
      assert.ok(error.cause instanceof CapabilityError, String(error.cause));
      assert.match(error.message, /this kernel lacks flowtables.*take "flowtable: true" out of the topology/);
      return true;
    });
  }
  await assertUnchanged(untouched);
});
