// What `up` would do can be asked, by anyone and at any time, and nothing changes by it.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { Lock } from '../../src/apply/index.ts';
import { Lab, NameTakenError, planLab, type TopologyInput } from '../../src/library/index.ts';
import { sh } from '../support/command.ts';
import { assertUnchanged, snapshotHost, type HostSnapshot } from '../support/host.ts';
import { labName } from '../support/names.ts';
import { skipWithoutRoot } from '../support/privilege.ts';
import { assertKernelIs } from '../support/witness.ts';

/** What other processes of the machine do meanwhile, outside of the namespace that is the host here. */
const OTHERS = ['processes in namespaces'];

const topology = (name: string): TopologyInput & { name: string } => ({
  name,
  networks: { lan: { subnet: ['10.71.0.0/24', 'fd71::/64'], internet: true } },
  nodes: { a: { networks: ['lan'] }, b: { networks: ['lan'], forward: true } },
});

suite('a plan', { skip: skipWithoutRoot }, () => {
  let untouched: HostSnapshot;

  before(async () => {
    await using lab = await Lab.up(topology(labName('warm')));
    await lab.down();
    untouched = snapshotHost();
  });

  test('is what `up` does, from nothing, from a part, and to another topology', async () => {
    const name = labName('plan');
    const value = topology(name);
    const fromNothing = planLab({ value });
    assert.equal(fromNothing.lab, name);
    assert.equal(fromNothing.exists, false);
    await assertUnchanged(untouched, OTHERS);
    await using lab = await Lab.up(value);
    assert.deepEqual(lab.result!.operations, fromNothing.operations);
    assert.deepEqual(lab.result!.warnings, fromNothing.warnings);

    const whole = planLab({ value });
    assert.deepEqual([whole.exists, whole.operations], [true, []]);
    sh(`ip -n ${name}.a link set eth0 down`);
    sh(`ip -n ${name} link del b-eth0`);
    sh(`ip netns del ${name}.b`);
    const up = snapshotHost();
    const part = planLab({ value });
    assert.ok(part.operations.some(({ op }) => op === 'create-namespace'));
    await assertUnchanged(up, OTHERS);
    assert.deepEqual((await Lab.up(value)).result!.operations, part.operations);

    const larger = { ...value, nodes: { ...value.nodes, c: { internet: true } } };
    const { operations, compiled } = planLab({ value: larger });
    assert.deepEqual((await Lab.up(larger)).result!.operations, operations);
    assertKernelIs(name, compiled.state);
    await lab.down();
    await assertUnchanged(untouched, OTHERS);
  });

  test('can be had while another process changes the lab', async () => {
    await using lab = await Lab.up(topology(labName('held')));
    {
      using _ = Lock.take(lab.name);
      assert.deepEqual(planLab({ value: topology(lab.name) }).operations, []);
    }
    await lab.down();
    await assertUnchanged(untouched, OTHERS);
  });

  test('refuses what `up` refuses', async () => {
    const name = labName('taken');
    sh(`ip netns add ${name}.a`);
    try {
      assert.throws(() => planLab({ value: topology(name) }), NameTakenError);
    } finally {
      sh(`ip netns del ${name}.a`);
    }
    await assertUnchanged(untouched, OTHERS);
  });

  test('compares with what others have made, whatever else they have made', async () => {
    const name = labName('foreign');
    const value = { name, nodes: { a: {}, b: {} } };
    assert.equal(planLab({ value }, { foreign: true }).exists, false);
    for (const other of ['a', 'c', '"d e"']) sh(`ip netns add ${name}.${other}`);
    sh(`mkdir -p /etc/netns/${name}.a/folder`);
    try {
      const { exists, operations } = planLab({ value }, { foreign: true });
      assert.equal(exists, true);
      const steps = operations.map((op) => `${op.op} ${'namespace' in op ? op.namespace : ''}`);
      assert.deepEqual(
        steps.filter((step) => /^(create|delete)-namespace/.test(step)),
        [`delete-namespace ${name}.c`, `create-namespace ${name}`, `create-namespace ${name}.b`],
      );
      assert.deepEqual(operations.flatMap((op) => (op.op === 'set-files' ? op.namespaces : [])).toSorted(), [
        name,
        `${name}.a`,
        `${name}.b`,
      ]);
    } finally {
      for (const other of ['a', 'c', '"d e"']) sh(`ip netns del ${name}.${other}`);
      sh(`rm -r /etc/netns/${name}.a`);
    }
    await assertUnchanged(untouched, OTHERS);
  });
});
