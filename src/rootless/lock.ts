import { monotonic, pause } from '../base/index.ts';
import { randomBytes } from 'node:crypto';
import { constants, lstatSync, readdirSync, statSync, unlinkSync } from 'node:fs';
import { libc, LOCK_UN, O_CLOEXEC, O_CREAT, O_EXCL, O_RDWR, SyscallError } from '../ffi/index.ts';
import { isFileAt, namespaceFile, tryLock, type LockMode } from '../proc/index.ts';
import { IDLE_LIMIT, LockHolders } from './lock-holders.ts';

/*
 * One file a user, locked by whoever makes or ends the user's world (exclusively) and by whoever joins it (shared), so
 * that none is ended while somebody is on the way in, and two commands at once do not make two. A command keeps its lock
 * on the way: through nsenter, until it is inside and can be seen there.
 *
 * Anybody may make files in /tmp. So the lock has no name that is known before: it is the plain file of this user's whose name
 * begins as all of them do, and nobody else can make one. Two commands that find none may make one each: whoever sees several
 * waits for all of them and leaves one. Who has locked the only one that there is has it: one that was made later is made by
 * somebody who sees both.
 */

/** Tells whoever waits what is waited for: whole lines. */
export type Report = (text: string) => void;

export interface RootlessLock {
  /** Close-on-exec. */
  readonly fd: number;
  readonly path: string;
}

/** Takes the lock, waiting for as long as others have it. It is given back with the descriptor. */
export function lockRootless(mode: LockMode, say: Report): RootlessLock {
  for (;;) {
    const paths = lockPaths();
    if (paths.length === 0) make();
    else if (paths.length > 1) merge(paths, say);
    else {
      const lock = take(paths[0]!, mode, say);
      // Whoever ended the world before has removed the file, perhaps between our opening and locking it.
      if (lock !== undefined && isFileAt(lock.fd, lock.path) && lockPaths().length === 1) return lock;
      if (lock !== undefined) libc.close(lock.fd);
    }
  }
}

/** Whether there is a lock to be taken: where there is no world, its holder was killed, or somebody is about to make one. */
export const lockExists = (): boolean => lockPaths().length > 0;

function make(): void {
  const path = `${lockFolder()}/${prefix()}${randomBytes(8).toString('hex')}.lock`;
  libc.close(libc.open(path, O_RDWR | O_CREAT | O_EXCL | constants.O_NOFOLLOW | O_CLOEXEC, 0o600));
}

/** Removes all files but the first. */
function merge(paths: readonly string[], say: Report): void {
  const locks = paths.flatMap((path) => take(path, 'exclusive', say) ?? []);
  for (const lock of locks.slice(1)) removeLock(lock);
  for (const { fd } of locks) libc.close(fd);
}

/** Locks one of the files; undefined when it is gone. */
function take(path: string, mode: LockMode, say: Report): RootlessLock | undefined {
  let fd: number;
  try {
    fd = libc.open(path, O_RDWR | constants.O_NOFOLLOW | O_CLOEXEC);
  } catch (error) {
    if (error instanceof SyscallError && error.code === 'ENOENT') return undefined;
    throw error;
  }
  if (!tryLock(fd, mode)) wait(fd, path, mode, say);
  return { fd, path };
}

/** Milliseconds: between two tries, and until the user is told. */
const AGAIN = 5;
const QUIET = 1000;

/** Waits for whoever has the lock, says so when that takes long, and ends who is stuck. */
function wait(fd: number, path: string, mode: LockMode, say: Report): void {
  const tell = (text: string): void => say(`netwright: ${text}\n`);
  const lockers = new LockHolders(path);
  const tellAt = monotonic() + QUIET;
  let told: string | undefined;
  while (!tryLock(fd, mode)) {
    pause(AGAIN);
    for (const one of lockers.endStuck()) tell(`${one} was idle for ${IDLE_LIMIT}, and was killed`);
    if (monotonic() < tellAt || lockers.key === told) continue;
    told = lockers.key;
    tell(`waiting for ${lockers.describe()}, which has locked your user namespace`);
  }
}

/** Gives a lock back that was taken for a world which has ended, and its file with it unless others have it. */
export function releaseLock(lock: RootlessLock): void {
  if (tryLock(lock.fd)) removeLock(lock);
  libc.close(lock.fd);
}

/** Removes the file of a lock that is held exclusively: whoever waits for it will see that, and take a new one. */
export function removeLock({ fd, path }: RootlessLock): void {
  // Those who tidy /tmp up may have been there before.
  if (isFileAt(fd, path)) unlinkSync(path);
}

/** Gives a lock back and keeps its descriptor, to try for it once more. */
export const unlock = (fd: number): void => {
  libc.flock(fd, LOCK_UN);
};

/**
 * Where programs of the same user agree to look, whatever their environment says. The folder of XDG_RUNTIME_DIR has this name
 * everywhere (pam_systemd(8)).
 */
function lockFolder(): string {
  const uid = process.geteuid!();
  const runtime = `/run/user/${uid}`;
  return statSync(runtime, { throwIfNoEntry: false })?.uid === uid ? runtime : '/tmp';
}

/** Of the same user and user namespace. */
const prefix = (): string => `netwright-${process.geteuid!()}-${statSync(namespaceFile('self', 'user')).ino}-`;

/** The files that are this user's, in the order of their names. */
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
