import { monotonic, pause } from '../base/index.ts';
import { spawnSync } from 'node:child_process';
import { labNames } from '../netns/index.ts';
import { tryLock } from '../proc/index.ts';
import { removeLock, type RootlessLock } from './lock.ts';
import { selfCommand } from './self.ts';
import { LEAVE } from './internal-commands.ts';
import { kill } from './kill.ts';
import { ownHolder, isInOwnUserNamespace, otherProcesses } from './holder.ts';

/** Milliseconds to wait for other processes that are about to leave. */
const TIMEOUT = 200;
/**
 * Milliseconds to wait for the lock: a process that holds it and leaves, too, may have waited TIMEOUT for this one,
 * which then has to end the namespace.
 */
const LOCK_TIMEOUT = 2 * TIMEOUT;

/**
 * Ends the user namespace that this process is in if it is unused: no lab is up, and no other process is in it or
 * enters it. Every process that leaves later does the same.
 * @param lock this process's own
 */
export function endIfUnused(lock: RootlessLock): void {
  if (labNames().length > 0) return;
  const until = monotonic() + LOCK_TIMEOUT;
  while (!tryLock(lock.fd)) {
    // The process that holds it is entering, and does the same when it leaves.
    if (monotonic() > until) return;
    pause(5);
  }
  const deadline = monotonic() + TIMEOUT;
  while (otherProcesses().length > 0) {
    if (monotonic() > deadline) return;
    pause(5);
  }
  // A process that has left in the meantime can have brought up a lab. From here on no process can enter.
  if (labNames().length > 0) return;
  const holder = ownHolder();
  if (holder === undefined) return;
  kill(holder);
  while (isInOwnUserNamespace(holder)) pause(1);
  removeLock(lock);
}

/**
 * Waits for process $0, then runs the command. For 60 s at most: where no more processes or threads are available it
 * can hang, and nobody would see it.
 */
const AFTER = `
while kill -0 "$0" 2>/dev/null; do sleep 1; done
command -v timeout >/dev/null && exec timeout -s KILL 60 "$@"
exec "$@"`;

/**
 * Ends the user namespace after this process if it is unused by then, whatever program this process becomes (execve(2))
 * and however it ends. The shell that waits is not a child of that program.
 */
export function endAfterThisProcess(): void {
  spawnSync('setsid', ['--fork', 'sh', '-c', AFTER, String(process.pid), ...selfCommand(LEAVE)], {
    cwd: '/',
    stdio: 'ignore',
  });
}
