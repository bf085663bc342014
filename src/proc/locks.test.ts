import assert from 'node:assert/strict';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { isUnlocked, LockFile, parseHolder, tryLock } from './lock-file.ts';
import { hasFlock, hasLock, isFlocked } from './locks.ts';

const open = (path: string): number => openSync(path, 'a+');

test('/proc/locks: only a held flock of the file counts: no waiter, no other kind, no other file', () => {
  // major 254, minor 0; and major 0, minor 300, which takes more than one byte.
  const vda = { dev: 0xfe00, ino: 2146476 };
  const anonymous = { dev: 0x10002c, ino: 7 };
  assert.equal(hasFlock('1: FLOCK  ADVISORY  READ 4454 fe:00:2146476 0 EOF\n', vda), true);
  assert.equal(hasFlock('12: FLOCK  ADVISORY  WRITE 1 00:12c:7 0 EOF\n', anonymous), true);
  assert.equal(hasFlock('2: -> FLOCK  ADVISORY  WRITE 4132 fe:00:2146476 0 EOF\n', vda), false);
  assert.equal(hasFlock('1: POSIX  ADVISORY  WRITE 1 fe:00:2146476 0 EOF\n', vda), false);
  assert.equal(hasFlock('1: FLOCK  ADVISORY  WRITE 1 fe:00:21464760 0 EOF\n', vda), false);
  assert.equal(hasFlock('', vda), false);
});

test('/proc/PID/fdinfo: a lock has its own line', () => {
  assert.equal(hasLock('pos:\t0\nflags:\t0100000\nlock:\t1: FLOCK  ADVISORY  WRITE 1 fe:00:5 0 EOF\n'), true);
  assert.equal(hasLock('pos:\t0\nflags:\t0100000\nmnt_id:\t23\n'), false);
});

test('the process id of a holder, or nothing', () => {
  assert.equal(parseHolder('4711\n'), 4711);
  for (const text of ['', '\n', '0\n', '-1', '1.5', 'x', '4711\n4712\n'])
    assert.equal(parseHolder(text), undefined, text);
});

suite('a lock file', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'netwright-lock-'));
    path = join(folder, 'x.lock');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('one process holds it at a time, and its id is in the file; remove() removes the file', () => {
    const lock = LockFile.take(path, open);
    assert.ok(lock instanceof LockFile);
    assert.deepEqual([isFlocked(path), isUnlocked(path)], [true, false]);
    assert.deepEqual(LockFile.take(path, open), { holder: process.pid });
    lock.remove();
    assert.equal(existsSync(path), false);
    assert.deepEqual([isFlocked(path), isUnlocked(path)], [false, undefined]);
    lock.remove();
  });

  test('after release() the file stays, and the next process takes it', () => {
    writeFileSync(path, 'what stood there before, and is longer than a number');
    const lock = LockFile.take(path, open) as LockFile;
    lock.release();
    assert.deepEqual([isFlocked(path), isUnlocked(path)], [false, true]);
    assert.equal(readFileSync(path, 'latin1'), `${process.pid}\n`);
    (LockFile.take(path, open) as LockFile).remove();
  });

  test('a file that is removed while it is being locked is opened again', () => {
    let opened = 0;
    const lock = LockFile.take(path, (path) => {
      const fd = open(path);
      // As the previous holder does in remove().
      if (++opened === 1) unlinkSync(path);
      return fd;
    });
    assert.ok(lock instanceof LockFile);
    assert.equal(opened, 2);
    assert.equal(isFlocked(path), true);
    lock.remove();
  });

  test('a file from place() is locked from the beginning', () => {
    writeFileSync(path, '');
    const lock = LockFile.place(path, 0o600);
    assert.equal(isUnlocked(path), false);
    assert.deepEqual(LockFile.take(path, open), { holder: process.pid });
    assert.equal(existsSync(`${path}.new`), false);
    lock.remove();
  });

  test('remove() does not remove a file that has replaced it', () => {
    const lock = LockFile.take(path, open) as LockFile;
    unlinkSync(path);
    writeFileSync(path, 'new');
    lock.remove();
    assert.equal(readFileSync(path, 'latin1'), 'new');
  });

  test('shared locks are compatible, but not with an exclusive one', () => {
    const [a, b] = [open(path), open(path)];
    assert.deepEqual([tryLock(a, 'shared'), tryLock(b, 'shared'), tryLock(b)], [true, true, false]);
    assert.equal(isUnlocked(path), true, 'no process has it exclusively');
    closeSync(a);
    closeSync(b);
  });
});
