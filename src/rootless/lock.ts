import { monotonic, pause } from '../base/index.ts';
import { randomBytes } from 'node:crypto';
import { constants, lstatSync, readdirSync, statSync, unlinkSync } from 'node:fs';
import { libc, LOCK_UN, O_CLOEXEC, O_CREAT, O_EXCL, O_RDWR, SyscallError } from '../ffi/index.ts';
import { isFileAt, namespaceFile, tryLock, type LockMode } from '../proc/index.ts';
import { IDLE_LIMIT, LockHolders } from './lock-holders.ts';

/*
 * Each user has one lock file. A command that creates or ends the user namespace locks it exclusively; one that joins
 * it takes a shared lock: so the namespace does not end while a command is entering, and two commands do not create
 * two. A command keeps its lock while it enters, across nsenter(1), until it is visible inside.
 *
 * Anybody can create files in /tmp. So the name of the file is not predictable: the lock is the regular file of this
 * user whose name has the prefix, and no other user can create one. Two commands that find none may create one each: a
 * command that finds several locks all of them and keeps one. A command that has locked the only file holds the lock:
 * another file that is created later is created by a command that sees both.
 */

/** Reports what a waiting command waits for, in whole lines. */
export type Report = (text: string) => void;

export interface RootlessLock {
  /** Close-on-exec. */
  readonly fd: number;
  readonly path: string;
}

/** Takes the lock, and waits as long as others hold it. Closing the descriptor releases it. */
export function lockRootless(mode: LockMode, report: Report): RootlessLock {
  for (;;) {
    const paths = lockPaths();
    if (paths.length === 0) make();
    else if (paths.length > 1) merge(paths, report);
    else {
      const lock = take(paths[0]!, mode, report);
      // The process that ended the namespace has removed the file, possibly between our open and our lock.
      if (lock !== undefined && isFileAt(lock.fd, lock.path) && lockPaths().length === 1) return lock;
      if (lock !== undefined) libc.close(lock.fd);
    }
  }
}

/** True if a lock file exists. Without a user namespace: its holder was killed, or a command is about to create one. */
export const lockExists = (): boolean => lockPaths().length > 0;

function make(): void {
  const path = `${lockFolder()}/${prefix()}${randomBytes(8).toString('hex')}.lock`;
  libc.close(libc.open(path, O_RDWR | O_CREAT | O_EXCL | constants.O_NOFOLLOW | O_CLOEXEC, 0o600));
}

/** Locks all files, and removes all but the first. */
function merge(paths: readonly string[], report: Report): void {
  const locks = paths.flatMap((path) => take(path, 'exclusive', report) ?? []);
  for (const lock of locks.slice(1)) removeLock(lock);
  for (const { fd } of locks) libc.close(fd);
}

/** Locks one of the files. Returns undefined if it has been removed. */
function take(path: string, mode: LockMode, report: Report): RootlessLock | undefined {
  let fd: number;
  try {
    fd = libc.open(path, O_RDWR | constants.O_NOFOLLOW | O_CLOEXEC);
  } catch (error) {
    if (error instanceof SyscallError && error.code === 'ENOENT') return undefined;
    throw error;
  }
  if (!tryLock(fd, mode)) wait(fd, path, mode, report);
  return { fd, path };
}

/** Milliseconds: between two attempts, and until the wait is reported. */
const RETRY_AFTER = 5;
const REPORT_AFTER = 1000;

/** Waits for the processes that hold the lock, reports a long wait, and kills processes that are stuck. */
function wait(fd: number, path: string, mode: LockMode, report: Report): void {
  const reportLine = (text: string): void => report(`netwright: ${text}\n`);
  const lockers = new LockHolders(path);
  const reportAt = monotonic() + REPORT_AFTER;
  let reported: string | undefined;
  while (!tryLock(fd, mode)) {
    pause(RETRY_AFTER);
    for (const description of lockers.endStuck())
      reportLine(`${description} was idle for ${IDLE_LIMIT}, and was killed`);
    if (monotonic() < reportAt || lockers.key === reported) continue;
    reported = lockers.key;
    reportLine(`waiting for ${lockers.describe()}, which has locked your user namespace`);
  }
}

/**
 * Releases a lock that was taken for a user namespace which has ended, and removes its file unless others hold the
 * lock.
 */
export function releaseLock(lock: RootlessLock): void {
  if (tryLock(lock.fd)) removeLock(lock);
  libc.close(lock.fd);
}

/** Removes the file of an exclusive lock: processes that wait for it notice that, and use a new one. */
export function removeLock({ fd, path }: RootlessLock): void {
  // A cleaner of /tmp can have removed the file already.
  if (isFileAt(fd, path)) unlinkSync(path);
}

/** Releases a lock and keeps its descriptor, to lock it again later. */
export const unlock = (fd: number): void => {
  libc.flock(fd, LOCK_UN);
};

/**
 * The directory of the lock file: the same for all programs of a user, whatever their environment. It is the usual
 * value of XDG_RUNTIME_DIR (pam_systemd(8)), else /tmp.
 */
function lockFolder(): string {
  const uid = process.geteuid!();
  const runtime = `/run/user/${uid}`;
  return statSync(runtime, { throwIfNoEntry: false })?.uid === uid ? runtime : '/tmp';
}

/** The prefix of the lock files of this user and user namespace. */
const prefix = (): string => `netwright-${process.geteuid!()}-${statSync(namespaceFile('self', 'user')).ino}-`;

/** The lock files of this user, sorted by name. */
function lockPaths(): string[] {
  const [folder, beginning, uid] = [lockFolder(), prefix(), process.geteuid!()];
  return readdirSync(folder)
    .filter((name) => name.startsWith(beginning) && name.endsWith('.lock'))
    .map((name) => `${folder}/${name}`)
    .filter((path) => {
      const file = lstatSync(path, { throwIfNoEntry: false });
      return file?.isFile() === true && file.uid === uid;
    })
    .toSorted();
}
