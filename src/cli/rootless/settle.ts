import { existsSync } from 'node:fs';
import { say } from '../output/print.ts';
import { libc } from '../../ffi/index.ts';
import { hasPrivilege } from '../../proc/privilege.ts';
import { rootlessFacts } from '../../rootless/facts.ts';
import { refusalOf } from '../../rootless/refusal.ts';
import { become } from '../../netns/become.ts';
import { labNames } from '../../netns/labs.ts';
import { endAfterThis, endIfEmpty } from './linger.ts';
import { giveBack, isThereLock, lockWorld, unlock, type WorldLock } from './lock.ts';
import { changeTo, passNothingOn, self, workingDirectory } from './self.ts';
import { ensureUplink } from './uplink.ts';
import { ARRIVE, BROUGHT, LEAVE, LOOPBACK } from './words.ts';
import { findWorld, makeWorld, SINGLE, unshared } from './world.ts';

/** What a command needs of a world, when whoever calls it is not root. */
type Need =
  /** One, which is made when there is none. */
  | 'make'
  /** The one there is. Without it there are no labs, and the command says so itself. */
  | 'join'
  /** The one there is, or else one for itself alone, in which there is nothing. */
  | 'try'
  | 'none';

/** Those that are not named `join`. */
const NEEDS: Readonly<Record<string, Need>> = {
  up: 'make',
  plan: 'try',
  down: 'try',
  clean: 'try',
  script: 'none',
  doctor: 'none',
  completion: 'none',
  help: 'none',
  // They decide for themselves: root may call them, too, and what cannot succeed is said without making anything.
  rootless: 'none',
  run: 'none',
  [LOOPBACK]: 'none',
};

const HELP = new Set(['--help', '-h']);

function needOf(args: readonly string[]): Need {
  const [command, first] = args;
  if (command === undefined || command.startsWith('-') || HELP.has(first ?? '')) return 'none';
  const need = Object.hasOwn(NEEDS, command) ? NEEDS[command]! : 'join';
  // What cannot succeed is said without making anything.
  if (need === 'make' && (args.some((word) => HELP.has(word)) || !namesFile(args.slice(1)))) return 'none';
  return need;
}

const namesFile = (args: readonly string[]): boolean => args.some((word) => word === '-' || existsSync(word));

/** Whether this process is an ordinary user's, and not in a world where it would be root. */
export const isOrdinary = (): boolean => process.geteuid!() !== 0 && !hasPrivilege();

/**
 * Brings a command line to where its user's labs are. Becomes another process there, or returns the words that this one
 * is to carry out here.
 * @throws CapabilityError when it needs a world and there can be none
 */
export function settle(args: readonly string[]): readonly string[] {
  const [word, ...rest] = args;
  if (word === ARRIVE) return arrived(rest);
  // Root's world, if root has one, has to be left as well.
  if (word !== LEAVE && !isOrdinary()) return args;
  const need = needOf(args);
  if (need === 'none') return args;
  if (need === 'make') return enterWorld(args);
  const lock = findWorld() === undefined && !isThereLock() ? undefined : lockWorld('shared');
  const world = lock === undefined ? undefined : findWorld();
  if (lock !== undefined && world !== undefined) return join(world, lock, args);
  if (lock !== undefined) giveBack(lock);
  // Labs of root's, which it may be about, are seen here.
  const outside = need === 'join' || (args[0] !== 'plan' && labNames().length > 0);
  return outside || refusalOf(rootlessFacts({ trial: true })) !== undefined ? args : alone(args);
}

interface EnterOptions {
  /** Whether something may have to be ended, or removed, after whatever becomes of this process. */
  readonly endAfter?: boolean;
  /** Gives descriptors, close-on-exec, that are to be had inside; their numbers come after the word {@link BROUGHT}. */
  readonly descriptors?: () => readonly number[];
}

/** Carries a command line out in the user's world, which is made when there is none. Returns only by throwing. */
export function enterWorld(args: readonly string[], options: EnterOptions = {}): never {
  passNothingOn();
  const lock = lockWorld('exclusive');
  let world = findWorld();
  const made = world === undefined;
  // Before anything is made: this process may be killed at any time.
  if (made || options.endAfter === true) endAfterThis();
  try {
    world ??= makeWorld(lock);
  } catch (error) {
    giveBack(lock);
    throw error;
  }
  ensureUplink(world);
  if (made && args[0] === 'up' && !args.some((word) => QUIET.has(word))) say(ONCE);
  return join(world, lock, args, options.descriptors?.());
}

const QUIET = new Set(['--quiet', '-q', '--json']);
const ONCE =
  'working without root: your labs are in a user namespace of your own, which ends with the last of them; ' +
  'those of sudo are elsewhere (see `netwright rootless --help`)\n';

/** Becomes this program once more, in a world. The lock comes along, until it can be seen inside. */
function join(world: number, lock: WorldLock, args: readonly string[], brought: readonly number[] = []): never {
  for (const fd of [lock.fd, ...brought]) libc.keepAcrossExecve(fd);
  const words = brought.length === 0 ? args : [BROUGHT, brought.join(), ...args];
  const there = self(ARRIVE, String(lock.fd), lock.path, workingDirectory(), ...words);
  const into = ['--target', String(world), '--user', '--net', '--mount', '--uts', '--preserve-credentials', '--'];
  return become('nsenter', [...into, ...there], process.env);
}

/** In the world: this process is seen there, and others need wait for it no longer. When it ends the world may, too. */
function arrived([fd, path, directory, ...args]: readonly string[]): readonly string[] {
  const lock = Number(fd);
  libc.closeAtExecve(lock);
  unlock(lock);
  changeTo(directory!);
  process.on('exit', () => endIfEmpty({ fd: lock, path: path! }));
  return args;
}

/** Becomes this program once more, in a world that nobody holds: it ends with the program. */
function alone(args: readonly string[]): never {
  const [command, ...words] = unshared(SINGLE, ['run', workingDirectory(), ...args]);
  return become(command!, words, process.env);
}
