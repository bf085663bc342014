// What becomes of a lab when the system fails at any one step of bringing it up.
import '../support/own-host.ts';
import assert from 'node:assert/strict';
import { afterEach, before, suite, test } from 'node:test';
import { constants } from 'node:os';
import { ApplyError, downAll, Lab, SyscallError, type TopologyInput } from '../../src/library/index.ts';
import { planLab } from '../../src/lab/plan.ts';
import { assertUnchanged, snapshotHost } from '../support/host.ts';
import { labName } from '../support/names.ts';
import { skipWithoutRoot } from '../support/privilege.ts';
import { assertKernelIs } from '../support/witness.ts';

type Named = TopologyInput & { readonly name: string };

const topology = (name: string, more: TopologyInput['nodes'] = {}): Named => ({
  name,
  networks: { lan: { subnet: ['10.47.0.0/24', 'fd47::/64'], internet: true } },
  nodes: {
    a: { networks: ['lan'], routes: ['192.0.2.0/24 via 10.47.0.77'], sysctls: { 'net.ipv4.ip_default_ttl': 33 } },
    b: { networks: ['lan'], internet: true },
    ...more,
  },
  links: [{ between: ['a', 'b'], subnet: '10.48.0.0/30' }],
});

const { EMFILE, ENOSPC, ENOMEM, EPERM } = constants.errno;
const FAILURES = [EMFILE, ENOSPC, ENOMEM, EPERM];

/** Fails after the n-th step, in one of several ways. */
const failingAfter = (n: number) => ({
  onOperation: (_: unknown, index: number): void => {
    if (index === n) throw new SyscallError('sendmsg', FAILURES[n % FAILURES.length]!, 'as the test wants');
  },
});

suite('a failure at any step', { skip: skipWithoutRoot }, () => {
  before(async () => {
    const lab = await Lab.up(topology(labName('warm')));
    await lab.down();
  });
  afterEach(() => downAll());

  test('of a new lab: all that was made is removed, and the error says what failed and how far it had come', async () => {
    const wanted = topology(labName('new'));
    const { length } = planLab({ value: wanted }).operations;
    assert.ok(length > 30, `${length} steps`);
    for (let n = 0; n < length; n++) {
      const untouched = snapshotHost();
      await assert.rejects(Lab.up(wanted, failingAfter(n)), (error: ApplyError) => {
        assert.ok(error instanceof ApplyError, String(error));
        assert.equal(error.rolledBack, true, `${n}: ${error.message}`);
        assert.equal((error.cause as SyscallError).errno, FAILURES[n % FAILURES.length]);
        assert.match(
          error.message,
          new RegExp(`after ${error.done} of ${length} steps everything that this run created was removed`),
        );
        return true;
      });
      await assertUnchanged(untouched);
    }
  });

  test('of a change: what there is stays, and up goes on from there', async () => {
    const name = labName('old');
    const wanted = topology(name, { c: { networks: ['lan'] }, d: {} });
    await Lab.up(topology(name));
    const { length } = planLab({ value: wanted }).operations;
    for (let n = 0; n < length; n++) {
      await assert.rejects(
        Lab.up(wanted, failingAfter(n)),
        (error: ApplyError) => !error.rolledBack && /was left in its current state/.test(error.message),
      );
      const lab = await Lab.up(wanted);
      assertKernelIs(name, lab.result!.compiled.state, `after a failure at step ${n}`);
      await Lab.up(topology(name));
    }
  });
});
