import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { isAbandoned, Lease, removeAbandoned, type LabOwner } from './lease.ts';
import { SANDBOX, sandboxName } from './sandbox.ts';
import { TEST_RUN, testLabName, testRunId } from './test-run.ts';

suite('a lease says whose labs are', () => {
  let folder: string;
  let labs: Set<string>;
  /** Labs of the owner's that have no lease, and are old. */
  let old: Set<string>;
  const fileOf = (id: string): string => join(folder, `${id}.lock`);
  /** As that of test runs: `OWNER-NUMBER`. */
  const owner: LabOwner = {
    purpose: 'the test',
    labs: () => [...labs],
    leases: () => ['a', 'b'].map(fileOf).filter((path) => existsSync(path)),
    leaseOf: (lab) => (/^[ab]-\d$/.test(lab) ? fileOf(lab.slice(0, 1)) : undefined),
    isOwn: (lab) => lab !== 'a-9',
    isAbandonedWithout: (lab) => old.has(lab),
  };
  const abandoned = (): string[] => [...labs].filter((lab) => isAbandoned(owner, lab));
  const takeDown = (lab: string): Promise<unknown> => Promise.resolve(labs.delete(lab));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'netwright-lease-'));
    labs = new Set(['a-1', 'a-2', 'a-9', 'b-1', 'other']);
    old = new Set();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('held, they are somebody’s; given back, they are abandoned, and only those of that kind', async () => {
    const a = Lease.take(fileOf('a'), 0o640);
    const b = Lease.take(fileOf('b'), 0o600);
    assert.equal(statSync(fileOf('a')).mode & 0o777, 0o640);
    assert.deepEqual(abandoned(), []);
    assert.deepEqual(await removeAbandoned(owner, takeDown), { labs: [], failures: [] });
    a.release();
    assert.deepEqual(abandoned(), ['a-1', 'a-2']);
    assert.deepEqual(await removeAbandoned(owner, takeDown), { labs: ['a-1', 'a-2'], failures: [] });
    assert.deepEqual([...labs], ['a-9', 'b-1', 'other']);
    b.remove();
    assert.deepEqual([existsSync(fileOf('b')), abandoned()], [false, []], 'no file: nobody’s of this kind');
  });

  test('a lease whose labs have all gone goes, too, and no other', async () => {
    labs = new Set(['b-1']);
    Lease.take(fileOf('a'), 0o600).release();
    const b = Lease.take(fileOf('b'), 0o600);
    await removeAbandoned(owner, takeDown);
    assert.deepEqual([existsSync(fileOf('a')), existsSync(fileOf('b'))], [false, true]);
    b.remove();
  });

  test('while they are taken down nobody else does the same', async () => {
    Lease.take(fileOf('a'), 0o600).release();
    labs = new Set(['a-1']);
    let inner: unknown;
    await removeAbandoned(owner, async (lab) => {
      assert.deepEqual(abandoned(), []);
      inner = await removeAbandoned(owner, () => Promise.reject(new Error('twice')));
      return takeDown(lab);
    });
    assert.deepEqual([inner, labs.size], [{ labs: [], failures: [] }, 0]);
  });

  test('one that cannot be taken down stays abandoned, and the others go', async () => {
    Lease.take(fileOf('a'), 0o600).release();
    const failure = new Error('busy');
    const result = await removeAbandoned(owner, (lab) => (lab === 'a-1' ? Promise.reject(failure) : takeDown(lab)));
    assert.deepEqual(result, { labs: ['a-2'], failures: [failure] });
    assert.deepEqual(abandoned(), ['a-1']);
  });

  test('without a file the kind decides, as of one that may be about to get one', async () => {
    assert.deepEqual(abandoned(), []);
    old.add('b-1');
    assert.deepEqual(abandoned(), ['b-1']);
    assert.deepEqual(await removeAbandoned(owner, takeDown), { labs: ['b-1'], failures: [] });
  });

  test('a file that was there is taken over, whatever is in it', () => {
    writeFileSync(fileOf('a'), 'something', { mode: 0o666 });
    const lease = Lease.take(fileOf('a'), 0o600);
    assert.equal(statSync(fileOf('a')).mode & 0o777, 0o600);
    assert.deepEqual(abandoned(), []);
    lease.remove();
  });
});

test('names of labs tell whose lease they are of', () => {
  const id = testRunId();
  assert.match(id, /^[0-9a-z]{8}$/);
  const name = testLabName('a-very-long-name-of-a-topology-in-a-test', id, 12);
  assert.equal(name.length, 32);
  assert.equal(name, `a-very-long-name-of--${id}-12`);
  assert.equal(TEST_RUN.leaseOf(name), `/run/netwright/test.${id}.lock`);
  assert.equal(TEST_RUN.leaseOf('shop'), undefined);
  const sandbox = sandboxName();
  assert.equal(SANDBOX.leaseOf(sandbox), `/run/netwright/${sandbox}/supervisor`);
  assert.equal(SANDBOX.leaseOf('run-fast'), undefined);
});
