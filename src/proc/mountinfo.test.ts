import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { mountOf, mountsBelow, parseMount, parseMountinfo, reachableMounts } from './mountinfo.ts';

/** Lines from proc_pid_mountinfo(5), and from real hosts. */
const TEXT = `26 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
50 26 0:47 / /run/netwright/a rw,nosuid shared:7 master:3 propagate_from:2 - tmpfs netwright rw
51 50 0:47 /services/web/main/mark /run/netwright/a/services/web/main/mark rw - tmpfs netwright rw
52 26 0:48 / /mnt/a\\040-\\040b\\134c\\012d rw - fuse.sshfs host:/x\\040y rw
53 26 0:49 / /mnt/- rw - proc proc rw
54 26 0:50 / /mnt/unbindable rw unbindable - tmpfs none rw
`;

test('each line has a path, a type, a device and peer groups, whatever the path contains', () => {
  const mounts = parseMountinfo(TEXT);
  assert.deepEqual(
    mounts.map(({ path, type, device }) => [path, type, device]),
    [
      ['/', 'ext4', '254:0'],
      ['/mnt2', 'ext3', '98:0'],
      ['/run/netwright/a', 'tmpfs', '0:47'],
      ['/run/netwright/a/services/web/main/mark', 'tmpfs', '0:47'],
      ['/mnt/a - b\\c\nd', 'fuse.sshfs', '0:48'],
      ['/mnt/-', 'proc', '0:49'],
      ['/mnt/unbindable', 'tmpfs', '0:50'],
    ],
  );
  assert.deepEqual(
    mounts.map(({ shared }) => shared),
    ['1', undefined, '7', undefined, undefined, undefined, undefined],
  );
  assert.deepEqual(
    mounts.map(({ master }) => master),
    [undefined, '1', '3', undefined, undefined, undefined, undefined],
  );
});

test('invalid and truncated lines are ignored', () => {
  for (const line of ['', ' ', '36 35 98:0 /mnt1 /mnt2 rw', '36 35 98:0 / /x rw shared:1 -', '1 2 - / /x rw'])
    assert.equal(parseMount(line), undefined, line);
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(' ', '-', '/', 'a', '\\', '0', '\n') }),
      (text) => void parseMountinfo(text),
    ),
  );
});

test('mounts below a directory are found by their mount point only', () => {
  assert.deepEqual(
    mountsBelow(TEXT, '/run/netwright/a/services').map(({ path }) => path),
    ['/run/netwright/a/services/web/main/mark'],
  );
  assert.deepEqual(mountsBelow(TEXT, '/services'), [], 'the root of a mount inside its file system does not count');
  assert.deepEqual(mountsBelow(TEXT, '/run/netwright/a').length, 1, 'not the mount on the directory itself');
  assert.deepEqual(mountsBelow('5 1 0:1 / /x/y rw - tmpfs t', '/x').length, 1, 'a last line without a line break');
});

test('the mount of a path is the deepest one, and the last one of several at the same mount point', () => {
  const mounts = parseMountinfo(`${TEXT}60 50 0:60 / /run/netwright/a rw shared:9 - tmpfs netwright rw\n`);
  assert.equal(mountOf(mounts, '/run/netwright/a/ns')?.shared, '9');
  assert.equal(mountOf(mounts, '/run/netwright/ab')?.path, '/');
  assert.equal(mountOf([], '/x'), undefined);
});

test('in this process /proc is mounted and reachable', () => {
  assert.ok(reachableMounts(new Set(['proc'])).some(({ path }) => path === '/proc'));
});
