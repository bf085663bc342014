import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { CapabilityError } from '../base/index.ts';
import { LimitGroup, removeLimits } from './limits.ts';

// A directory with the files of a control group. What the kernel makes of the values and their order is tested
// elsewhere.
suite('limits by cgroup version 2', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'netwright-cgroup-'));
    writeFileSync(join(root, 'cgroup.controllers'), 'cpuset cpu io memory pids\n');
    writeFileSync(join(root, 'cgroup.subtree_control'), 'cpu\n');
    mkdirSync(join(root, 'netwright'));
    writeFileSync(join(root, 'netwright/cgroup.subtree_control'), 'cpu memory pids\n');
  });
  afterEach(() => rmSync(root, { recursive: true }));
  const read = (file: string): string => readFileSync(join(root, file), 'utf8');

  test('each limit is written to its file, and its controller is delegated', () => {
    const group = new LimitGroup('run-x', { cpu: 0.5, memory: 512 * 1024 ** 2, pids: 100 }, root);
    assert.equal(group.path, join(root, 'netwright/run-x'));
    assert.equal(read('netwright/run-x/cpu.max'), '50000 100000');
    assert.equal(read('netwright/run-x/memory.max'), '536870912');
    assert.equal(read('netwright/run-x/pids.max'), '100');
    assert.equal(read('cgroup.subtree_control'), '+pids', 'cpu was there already');
    group.add(42);
    assert.equal(read('netwright/run-x/cgroup.procs'), '42');
  });

  test('a missing controller is named, and no group is created', () => {
    writeFileSync(join(root, 'cgroup.controllers'), 'cpu\n');
    assert.throws(
      () => new LimitGroup('run-x', { memory: 1 }, root),
      (error) => error instanceof CapabilityError && /"memory"/.test(error.message),
    );
    assert.equal(existsSync(join(root, 'netwright/run-x')), false);
  });

  test('a group that cannot delegate a controller: the error says what to do', () => {
    rmSync(join(root, 'cgroup.subtree_control'));
    mkdirSync(join(root, 'cgroup.subtree_control'));
    assert.throws(
      () => new LimitGroup('run-x', { pids: 1 }, root),
      (error) => error instanceof CapabilityError && /does not delegate \(EISDIR\); in a container/.test(error.message),
    );
    assert.equal(existsSync(join(root, 'netwright/run-x')), false);
  });

  test('removing a group that does not exist is no error', async () => {
    await removeLimits('run-x', root);
    assert.equal(existsSync(join(root, 'netwright')), true, 'the group of other sandboxes stays');
  });
});
