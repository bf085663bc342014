import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { isAbandoned, Lease, removeAbandoned, type LabOwner } from './lease.ts';
import { SANDBOX, sandboxName } from './sandbox.ts';
import { TEST_RUN, testLabName, testRunId } from './test-run.ts';

suite('a lease says which process owns a lab', () => {
  let folder: string;
  let labs: Set<string>;
  /** Labs of the owner that have no lease and are old. */
  let oldLabs: Set<string>;
  const fileOf = (id: string): string => join(folder, `${id}.lock`);
  /** Named as those of test runs: `OWNER-NUMBER`. */
  const owner: LabOwner = {
    purpose: 'the test',
    labs: () => [...labs],
    leases: () => ['a', 'b'].map(fileOf).filter((path) => existsSync(path)),
    leaseOf: (lab) => (/^[ab]-\d$/.test(lab) ? fileOf(lab.slice(0, 1)) : undefined),
    isOwn: (lab) => lab !== 'a-9',
    isAbandonedWithout: (lab) => oldLabs.has(lab),
  };
  const abandoned = (): string[] => [...labs].filter((lab) => isAbandoned(owner, lab));
  const takeDown = (lab: string): Promise<unknown> => Promise.resolve(labs.delete(lab));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'netwright-lease-'));
    labs = new Set(['a-1', 'a-2', 'a-9', 'b-1', 'other']);
    oldLabs = new Set();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('labs with a held lease are owned; with a released lease those of the owner are abandoned', async () => {
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
    assert.deepEqual([existsSync(fileOf('b')), abandoned()], [false, []], 'no file: not a lab of this kind');
  });

  test('a lease without labs is removed, and no other', async () => {
    labs = new Set(['b-1']);
    Lease.take(fileOf('a'), 0o600).release();
    const b = Lease.take(fileOf('b'), 0o600);
    await removeAbandoned(owner, takeDown);
    assert.deepEqual([existsSync(fileOf('a')), existsSync(fileOf('b'))], [false, true]);
    b.remove();
  });

  test('while abandoned labs are taken down, no other process does the same', async () => {
    Lease.take(fileOf('a'), 0o600).release();
    labs = new Set(['a-1']);
    let inner: unknown;
    await removeAbandoned(owner, async (lab) => {
      assert.deepEqual(abandoned(), []);
      inner = await removeAbandoned(owner, () => Promise.reject(new Error('taken down twice')));
      return takeDown(lab);
    });
    assert.deepEqual([inner, labs.size], [{ labs: [], failures: [] }, 0]);
  });

  test('a lab that cannot be taken down stays abandoned, and the others are removed', async () => {
    Lease.take(fileOf('a'), 0o600).release();
    const failure = new Error('busy');
    const result = await removeAbandoned(owner, (lab) => (lab === 'a-1' ? Promise.reject(failure) : takeDown(lab)));
    assert.deepEqual(result, { labs: ['a-2'], failures: [failure] });
    assert.deepEqual(abandoned(), ['a-1']);
  });

  test('without a lease file the kind of owner decides: the lab may be about to get one', async () => {
    assert.deepEqual(abandoned(), []);
    oldLabs.add('b-1');
    assert.deepEqual(abandoned(), ['b-1']);
    assert.deepEqual(await removeAbandoned(owner, takeDown), { labs: ['b-1'], failures: [] });
  });

  test('an existing file is replaced, whatever its contents', () => {
    writeFileSync(fileOf('a'), 'something', { mode: 0o666 });
    const lease = Lease.take(fileOf('a'), 0o600);
    assert.equal(statSync(fileOf('a')).mode & 0o777, 0o600);
    assert.deepEqual(abandoned(), []);
    lease.remove();
  });
});

test('the name of a lab leads to its lease', () => {
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
