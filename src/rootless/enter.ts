import { libc } from '../ffi/index.ts';
import { hasPrivilege } from '../proc/index.ts';
import { rootlessFacts } from './facts.ts';
import { refusalOf } from './refusal.ts';
import { become } from '../netns/index.ts';
import { endAfterThisProcess, endIfUnused } from './end.ts';
import { releaseLock, lockExists, lockRootless, unlock, type Report, type RootlessLock } from './lock.ts';
import { changeTo, closeInherited, self, workingDirectory } from './self.ts';
import { ensureUplink } from './uplink.ts';
import { CONTINUE, WITH_DESCRIPTORS } from './internal-commands.ts';
import { findUserNamespace, createUserNamespace, ROOT_ONLY_MAPPING, unshareCommand } from './holder.ts';

/** Whether this process is an ordinary user's, and not in a world where it would be root. */
export const isUnprivileged = (): boolean => process.geteuid!() !== 0 && !hasPrivilege();

/** Whether this user can have a world: tried with namespaces that end at once. */
export const canCreateUserNamespace = (): boolean => refusalOf(rootlessFacts({ trial: true })) === undefined;

/** Carries a command line out in the user's world. Returns only where there is none, or by throwing. */
export function joinUserNamespace(args: readonly string[], say: Report): void {
  if (findUserNamespace() === undefined && !lockExists()) return;
  const lock = lockRootless('shared', say);
  const world = findUserNamespace();
  if (world !== undefined) join(world, lock, args);
  releaseLock(lock);
}

interface EnterOptions {
  readonly say: Report;
  /** Whether something may have to be ended, or removed, after whatever becomes of this process. */
  readonly endAfter?: boolean;
  /** Gives descriptors, close-on-exec, that are to be had inside; their numbers come after the word {@link WITH_DESCRIPTORS}. */
  readonly descriptors?: () => readonly number[];
  /** Called when there was no world and one has been made. */
  readonly onMade?: () => void;
}

/** Carries a command line out in the user's world, which is made when there is none. Returns only by throwing. */
export function enterUserNamespace(args: readonly string[], options: EnterOptions): never {
  closeInherited();
  const lock = lockRootless('exclusive', options.say);
  let world = findUserNamespace();
  const made = world === undefined;
  // Before anything is made: this process may be killed at any time.
  if (made || options.endAfter === true) endAfterThisProcess();
  try {
    world ??= createUserNamespace(lock);
  } catch (error) {
    releaseLock(lock);
    throw error;
  }
  ensureUplink(world);
  if (made) options.onMade?.();
  return join(world, lock, args, options.descriptors?.());
}

/** Becomes this program once more, in a world. The lock comes along, until it can be seen inside. */
function join(world: number, lock: RootlessLock, args: readonly string[], brought: readonly number[] = []): never {
  for (const fd of [lock.fd, ...brought]) libc.keepAcrossExecve(fd);
  const words = brought.length === 0 ? args : [WITH_DESCRIPTORS, brought.join(), ...args];
  const there = self(CONTINUE, String(lock.fd), lock.path, workingDirectory(), ...words);
  const into = ['--target', String(world), '--user', '--net', '--mount', '--uts', '--preserve-credentials', '--'];
  return become('nsenter', [...into, ...there], process.env);
}

/** In the world: this process is seen there, and others need wait for it no longer. When it ends the world may, too. */
export function continueInside([fd, path, directory, ...args]: readonly string[]): readonly string[] {
  const lock = Number(fd);
  libc.closeAtExecve(lock);
  unlock(lock);
  changeTo(directory!);
  process.on('exit', () => endIfUnused({ fd: lock, path: path! }));
  return args;
}

/** Becomes this program once more, in a world that nobody holds: it ends with the program. */
export function enterTemporary(args: readonly string[]): never {
  const [command, ...words] = unshareCommand(ROOT_ONLY_MAPPING, ['run', workingDirectory(), ...args]);
  return become(command!, words, process.env);
}
