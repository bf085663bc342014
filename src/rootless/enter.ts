import { libc } from '../ffi/index.ts';
import { hasPrivilege } from '../proc/index.ts';
import { rootlessFacts } from './facts.ts';
import { refusalOf } from './refusal.ts';
import { become } from '../netns/index.ts';
import { endAfterThisProcess, endIfUnused } from './end.ts';
import { releaseLock, lockExists, lockRootless, unlock, type Report, type RootlessLock } from './lock.ts';
import { changeDirectory, closeInherited, selfCommand, workingDirectory } from './self.ts';
import { ensureUplink } from './uplink.ts';
import { CONTINUE, WITH_DESCRIPTORS } from './internal-commands.ts';
import { findUserNamespace, createUserNamespace, ROOT_ONLY_MAPPING, unshareCommand } from './holder.ts';

/** True if this process is an unprivileged user's, and not root of a user namespace. */
export const isUnprivileged = (): boolean => process.geteuid!() !== 0 && !hasPrivilege();

/** True if this user can create a user namespace. It is tested with a program that ends at once. */
export const canCreateUserNamespace = (): boolean => refusalOf(rootlessFacts({ trial: true })) === undefined;

/**
 * Runs a command line in the user namespace of this user's labs, by execve(2). Returns if there is none, and throws if
 * it fails.
 */
export function joinUserNamespace(args: readonly string[], report: Report): void {
  if (findUserNamespace() === undefined && !lockExists()) return;
  const lock = lockRootless('shared', report);
  const holder = findUserNamespace();
  if (holder !== undefined) join(holder, lock, args);
  releaseLock(lock);
}

interface EnterOptions {
  readonly say: Report;
  /** True if something may have to be ended or removed after this process, however it ends. */
  readonly endAfter?: boolean;
  /**
   * Returns descriptors (close-on-exec) to pass into the user namespace. Their numbers follow {@link WITH_DESCRIPTORS}.
   */
  readonly descriptors?: () => readonly number[];
  /** Called when a user namespace has been created. */
  readonly onMade?: () => void;
}

/**
 * Runs a command line in the user namespace of this user's labs, by execve(2). Creates the namespace if there is none.
 * Returns only by throwing.
 */
export function enterUserNamespace(args: readonly string[], options: EnterOptions): never {
  closeInherited();
  const lock = lockRootless('exclusive', options.say);
  let holder = findUserNamespace();
  const isNew = holder === undefined;
  // Before anything is created: this process can be killed at any time.
  if (isNew || options.endAfter === true) endAfterThisProcess();
  try {
    holder ??= createUserNamespace(lock);
  } catch (error) {
    releaseLock(lock);
    throw error;
  }
  ensureUplink(holder);
  if (isNew) options.onMade?.();
  return join(holder, lock, args, options.descriptors?.());
}

/**
 * Executes this program again in the user namespace of `holder`. It inherits the lock, and keeps it until it is visible
 * inside.
 */
function join(holder: number, lock: RootlessLock, args: readonly string[], descriptors: readonly number[] = []): never {
  for (const fd of [lock.fd, ...descriptors]) libc.clearCloseOnExec(fd);
  const words = descriptors.length === 0 ? args : [WITH_DESCRIPTORS, descriptors.join(), ...args];
  const command = selfCommand(CONTINUE, String(lock.fd), lock.path, workingDirectory(), ...words);
  const options = ['--target', String(holder), '--user', '--net', '--mount', '--uts', '--preserve-credentials', '--'];
  return become('nsenter', [...options, ...command], process.env);
}

/**
 * Continues inside the user namespace. This process is visible there now, so others no longer wait for it. When it
 * ends, it ends the namespace if that is unused.
 */
export function continueInside([fd, path, directory, ...args]: readonly string[]): readonly string[] {
  const lock = Number(fd);
  libc.setCloseOnExec(lock);
  unlock(lock);
  changeDirectory(directory!);
  process.on('exit', () => endIfUnused({ fd: lock, path: path! }));
  return args;
}

/** Executes this program again in a temporary user namespace: no process holds it, and it ends with the program. */
export function enterTemporary(args: readonly string[]): never {
  const [command, ...words] = unshareCommand(ROOT_ONLY_MAPPING, ['run', workingDirectory(), ...args]);
  return become(command!, words, process.env);
}
