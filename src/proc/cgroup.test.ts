import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCgroup, parseControllers } from './cgroup.ts';

test('the cgroup v2 path, among cgroup v1 lines', () => {
  const v1 = '12:cpu,cpuacct:/a\n1:name=systemd:/b\n';
  assert.deepEqual(parseCgroup(`${v1}0::/user.slice/user-1000.slice/a b:c\n`), [
    'user.slice',
    'user-1000.slice',
    'a b:c',
  ]);
  assert.deepEqual(parseCgroup('0::/\n'), [], 'the root');
  assert.equal(parseCgroup(v1), undefined);
  assert.equal(parseCgroup('0::/../outside\n'), undefined);
  assert.equal(parseCgroup(''), undefined);
});

test('controllers', () => {
  assert.deepEqual(parseControllers('cpuset cpu io\n'), ['cpuset', 'cpu', 'io']);
  assert.deepEqual(parseControllers('\n'), []);
});
