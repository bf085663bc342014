import { constants, existsSync, fstatSync, statSync, unlinkSync } from 'node:fs';
import { NetwrightError } from '../../base/error.ts';
import { libc, LOCK_EX, LOCK_NB, LOCK_SH, LOCK_UN, O_CLOEXEC, O_CREAT, O_RDWR, SyscallError } from '../../ffi/index.ts';

/*
 * One file a user, locked by whoever makes or ends the user's world (exclusively) and by whoever joins it (shared), so
 * that none is ended while somebody is on the way in, and two commands at once do not make two. A command keeps its lock
 * on the way: through nsenter, until it is inside and can be seen there.
 */

type Mode = 'exclusive' | 'shared';

const FLAG = { exclusive: LOCK_EX, shared: LOCK_SH } as const;

export interface WorldLock {
  /** Close-on-exec. */
  readonly fd: number;
  readonly path: string;
}

class WorldLockFileError extends NetwrightError {
  readonly code = 'EACCES';
}

/** Takes the lock, waiting for as long as others have it. It is given back with the descriptor. */
export function lockWorld(mode: Mode): WorldLock {
  const path = lockPath();
  for (;;) {
    const fd = openOwn(path);
    libc.flock(fd, FLAG[mode]);
    // Whoever ended the world before has removed the file, perhaps between our opening and locking it.
    if (isFileOf(fd, path)) return { fd, path };
    libc.close(fd);
  }
}

/** Whether there is a lock to be taken: where there is no world, its holder was killed, or somebody is about to make one. */
export const isThereLock = (): boolean => existsSync(lockPath());

/** Gives a lock back that was taken for a world which has ended, and its file with it unless others have it. */
export function giveBack(lock: WorldLock): void {
  if (libc.flock(lock.fd, LOCK_EX | LOCK_NB)) removeLock(lock);
  libc.close(lock.fd);
}

/** Removes the file of a lock that is held exclusively: whoever waits for it will see that, and take a new one. */
export function removeLock({ fd, path }: WorldLock): void {
  // Those who tidy /tmp up may have been there before.
  if (isFileOf(fd, path)) unlinkSync(path);
}

const isFileOf = (fd: number, path: string): boolean =>
  fstatSync(fd).ino === statSync(path, { throwIfNoEntry: false })?.ino;

/** Gives a lock back and keeps its descriptor, to try for it once more. */
export const unlock = (fd: number): void => {
  libc.flock(fd, LOCK_UN);
};

/**
 * Where programs of the same user and user namespace agree to look, whatever their environment says. The folder of
 * XDG_RUNTIME_DIR has this name everywhere (pam_systemd(8)).
 */
function lockPath(): string {
  const uid = process.geteuid!();
  const namespace = statSync('/proc/self/ns/user').ino;
  const runtime = `/run/user/${uid}`;
  if (statSync(runtime, { throwIfNoEntry: false })?.uid === uid) return `${runtime}/netwright-${namespace}.lock`;
  return `/tmp/netwright-${uid}-${namespace}.lock`;
}

/** Anybody may make files in /tmp: one that is not this user's plain file is not taken for the lock. */
function openOwn(path: string): number {
  let fd: number;
  try {
    fd = libc.open(path, O_RDWR | O_CREAT | constants.O_NOFOLLOW | O_CLOEXEC, 0o600);
  } catch (error) {
    if (error instanceof SyscallError && (error.code === 'EACCES' || error.code === 'ELOOP')) throw foreign(path);
    throw error;
  }
  const file = fstatSync(fd);
  if (file.isFile() && file.uid === process.geteuid!()) return fd;
  libc.close(fd);
  throw foreign(path);
}

const foreign = (path: string): WorldLockFileError =>
  new WorldLockFileError(`${path}, which is to be your lock, is not a file of yours; have it removed`);
