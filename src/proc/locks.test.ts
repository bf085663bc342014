import assert from 'node:assert/strict';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { isUnlocked, LockFile, parseHolder, tryLock } from './lock-file.ts';
import { hasFlock, hasLock, isFlocked } from './locks.ts';

const open = (path: string): number => openSync(path, 'a+');

test('/proc/locks: a lock counts, and not who waits for one, nor one of another kind or file', () => {
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

test('/proc/PID/fdinfo: a lock has a line of its own', () => {
  assert.equal(hasLock('pos:\t0\nflags:\t0100000\nlock:\t1: FLOCK  ADVISORY  WRITE 1 fe:00:5 0 EOF\n'), true);
  assert.equal(hasLock('pos:\t0\nflags:\t0100000\nmnt_id:\t23\n'), false);
});

test("a holder's number, or nothing", () => {
  assert.equal(parseHolder('4711\n'), 4711);
  for (const text of ['', '\n', '0\n', '-1', '1.5', 'x', '4711\n4712\n'])
    assert.equal(parseHolder(text), undefined, text);
});

suite('the file of a lock', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'netwright-lock-'));
    path = join(folder, 'x.lock');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('one has it at a time, and says who; its file goes with it', () => {
    const lock = LockFile.take(path, open);
    assert.ok(lock instanceof LockFile);
    assert.deepEqual([isFlocked(path), isUnlocked(path)], [true, false]);
    assert.deepEqual(LockFile.take(path, open), { holder: process.pid });
    lock.remove();
    assert.equal(existsSync(path), false);
    assert.deepEqual([isFlocked(path), isUnlocked(path)], [false, undefined]);
    lock.remove();
  });

  test('given back, its file stays and is taken by the next', () => {
    writeFileSync(path, 'what stood there before, and is longer than a number');
    const lock = LockFile.take(path, open) as LockFile;
    lock.release();
    assert.deepEqual([isFlocked(path), isUnlocked(path)], [false, true]);
    assert.equal(readFileSync(path, 'latin1'), `${process.pid}\n`);
    (LockFile.take(path, open) as LockFile).remove();
  });

  test('a file that is removed while it is being locked is no lock', () => {
    let opened = 0;
    const lock = LockFile.take(path, (path) => {
      const fd = open(path);
      // As its holder before does, giving it back.
      if (++opened === 1) unlinkSync(path);
      return fd;
    });
    assert.ok(lock instanceof LockFile);
    assert.equal(opened, 2);
    assert.equal(isFlocked(path), true);
    lock.remove();
  });

  test('one that is put in its place is locked from the beginning', () => {
    writeFileSync(path, '');
    const lock = LockFile.place(path, 0o600);
    assert.equal(isUnlocked(path), false);
    assert.deepEqual(LockFile.take(path, open), { holder: process.pid });
    assert.equal(existsSync(`${path}.new`), false);
    lock.remove();
  });

  test("another's file of that name is left alone", () => {
    const lock = LockFile.take(path, open) as LockFile;
    unlinkSync(path);
    writeFileSync(path, 'new');
    lock.remove();
    assert.equal(readFileSync(path, 'latin1'), 'new');
  });

  test('shared locks go together, and not with an exclusive one', () => {
    const [a, b] = [open(path), open(path)];
    assert.deepEqual([tryLock(a, 'shared'), tryLock(b, 'shared'), tryLock(b)], [true, true, false]);
    assert.equal(isUnlocked(path), true, 'nobody has it for himself');
    closeSync(a);
    closeSync(b);
  });
});
