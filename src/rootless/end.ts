import { monotonic, pause } from '../base/index.ts';
import { spawnSync } from 'node:child_process';
import { labNames } from '../netns/index.ts';
import { tryLock } from '../proc/index.ts';
import { removeLock, type RootlessLock } from './lock.ts';
import { self } from './self.ts';
import { LEAVE } from './internal-commands.ts';
import { kill } from './kill.ts';
import { ownHolder, isInOwnUserNamespace, otherProcesses } from './holder.ts';

/** How long those who are about to leave, too, are waited for, in milliseconds. */
const PATIENCE = 200;
/** How long the lock is: one who has it, and leaves, may have waited for this process, which then sees to it. */
const LOCK_PATIENCE = 2 * PATIENCE;

/**
 * Ends the world that this process is in when nobody needs it: no lab is up, nobody else is inside or on the way in.
 * Whoever leaves later does the same.
 * @param lock this process's own
 */
export function endIfUnused(lock: RootlessLock): void {
  if (labNames().length > 0) return;
  const until = monotonic() + LOCK_PATIENCE;
  while (!tryLock(lock.fd)) {
    // Whoever still has it is on the way in, and does the same on leaving.
    if (monotonic() > until) return;
    pause(5);
  }
  const deadline = monotonic() + PATIENCE;
  while (otherProcesses().length > 0) {
    if (monotonic() > deadline) return;
    pause(5);
  }
  // Those who have left meanwhile may have made one. From here on nobody comes in.
  if (labNames().length > 0) return;
  const holder = ownHolder();
  if (holder === undefined) return;
  kill(holder);
  while (isInOwnUserNamespace(holder)) pause(1);
  removeLock(lock);
}

/** Where there are too few processes and threads to be had it might hang, with nobody there to see. */
const AFTER = `
while kill -0 "$0" 2>/dev/null; do sleep 1; done
command -v timeout >/dev/null && exec timeout -s KILL 60 "$@"
exec "$@"`;

/**
 * Has the world ended, when it is empty then, after this process: whatever program it becomes, and however it is ended.
 * What waits is a shell that is no child of that program's.
 */
export function endAfterThisProcess(): void {
  spawnSync('setsid', ['--fork', 'sh', '-c', AFTER, String(process.pid), ...self(LEAVE)], {
    cwd: '/',
    stdio: 'ignore',
  });
}
