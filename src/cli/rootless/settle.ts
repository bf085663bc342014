import { existsSync } from 'node:fs';
import { libc } from '../../ffi/index.ts';
import { hasPrivilege } from '../../lab/privilege.ts';
import { rootlessFacts } from '../../lab/rootless/facts.ts';
import { refusalOf } from '../../lab/rootless/refusal.ts';
import { become } from '../../netns/become.ts';
import { labNames } from '../names.ts';
import { endAfterThis, endIfEmpty } from './linger.ts';
import { giveBack, isThereLock, lockWorld, turnInto, type Mode, type WorldLock } from './lock.ts';
import { changeTo, passNothingOn, self, workingDirectory } from './self.ts';
import { ensureUplink } from './uplink.ts';
import { ARRIVE, LEAVE } from './words.ts';
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
  // It decides for itself, since root may call it, too.
  rootless: 'none',
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

/**
 * Brings a command line to where its user's labs are. Becomes another process there, or returns the words that this one
 * is to carry out here.
 * @throws CapabilityError when it needs a world and there can be none
 */
export function settle(args: readonly string[]): readonly string[] {
  const [word, ...rest] = args;
  if (word === ARRIVE) return arrived(rest);
  // Root's world, if root has one, has to be left as well.
  if (word !== LEAVE && (process.geteuid!() === 0 || hasPrivilege())) return args;
  const need = needOf(args);
  if (need === 'none') return args;
  if (need === 'make') return enterWorld(args);
  const lock = findWorld() === undefined && !isThereLock() ? undefined : lockWorld('shared');
  const world = lock === undefined ? undefined : findWorld();
  if (lock !== undefined && world !== undefined) return join(world, lock, 'shared', args);
  if (lock !== undefined) giveBack(lock);
  // Labs of root's, which it may be about, are seen here.
  const outside = need === 'join' || (args[0] !== 'plan' && labNames().length > 0);
  return outside || refusalOf(rootlessFacts({ trial: true })) !== undefined ? args : alone(args);
}

/** Carries a command line out in the user's world, which is made when there is none. Returns only by throwing. */
export function enterWorld(args: readonly string[], options: { readonly lastly?: boolean } = {}): never {
  passNothingOn();
  const lock = lockWorld('exclusive');
  let world = findWorld();
  const made = world === undefined;
  // Before anything is made: this process may be killed at any time.
  if (made || options.lastly === true) endAfterThis();
  try {
    world ??= makeWorld(lock.fd);
  } catch (error) {
    giveBack(lock);
    throw error;
  }
  ensureUplink(world);
  if (made && args[0] === 'up' && !args.some((word) => QUIET.has(word))) process.stderr.write(ONCE);
  return join(world, lock, 'exclusive', args);
}

const QUIET = new Set(['--quiet', '-q', '--json']);
const ONCE =
  'working without root: your labs are in a user namespace of your own, which ends with the last of them; ' +
  'those of sudo are elsewhere (see `netwright rootless --help`)\n';

/** Becomes this program once more, in a world. The lock comes along, until it can be seen inside. */
function join(world: number, lock: WorldLock, mode: Mode, args: readonly string[]): never {
  libc.keepAcrossExecve(lock.fd);
  const there = self(ARRIVE, String(lock.fd), mode, lock.path, workingDirectory(), ...args);
  const into = ['--target', String(world), '--user', '--net', '--mount', '--uts', '--preserve-credentials', '--'];
  return become('nsenter', [...into, ...there], process.env);
}

/** In the world: the lock is for this process alone from here on, and when it ends the world may, too. */
function arrived([fd, mode, path, directory, ...args]: readonly string[]): readonly string[] {
  const lock = Number(fd);
  libc.closeAtExecve(lock);
  if ((mode as Mode) === 'exclusive') turnInto(lock, 'shared');
  changeTo(directory!);
  process.on('exit', () => endIfEmpty({ fd: lock, path: path! }));
  return args;
}

/** Becomes this program once more, in a world that nobody holds: it ends with the program. */
function alone(args: readonly string[]): never {
  const [command, ...words] = unshared(SINGLE, ['run', workingDirectory(), ...args]);
  return become(command!, words, process.env);
}
