import { existsSync } from 'node:fs';
import { labNames } from '../netns/index.ts';
import {
  CONTINUE,
  LEAVE,
  LOOPBACK,
  continueInside,
  canCreateUserNamespace,
  enterTemporary,
  enterUserNamespace,
  isUnprivileged,
  joinUserNamespace,
} from '../rootless/index.ts';
import { say } from './output/index.ts';

/** What a command needs of a world, when whoever calls it is not root. */
type WorldNeed =
  /** One, which is made when there is none. */
  | 'make'
  /** The one there is. Without it there are no labs, and the command says so itself. */
  | 'join'
  /** The one there is, or else one for itself alone, in which there is nothing. */
  | 'try'
  | 'none';

/** Those that are not named `join`. */
const NEEDS: Readonly<Record<string, WorldNeed>> = {
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

function needOf(args: readonly string[]): WorldNeed {
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
export function enterRootless(args: readonly string[]): readonly string[] {
  const [word, ...rest] = args;
  if (word === CONTINUE) return continueInside(rest);
  // Root's world, if root has one, has to be left as well.
  if (word !== LEAVE && !isUnprivileged()) return args;
  const need = needOf(args);
  if (need === 'none') return args;
  if (need === 'make') return enterUserNamespace(args, { say, onMade: () => tellOfWorld(args) });
  joinUserNamespace(args, say);
  // Labs of root's, which it may be about, are seen here.
  const outside = need === 'join' || (args[0] !== 'plan' && labNames().length > 0);
  return outside || !canCreateUserNamespace() ? args : enterTemporary(args);
}

const QUIET = new Set(['--quiet', '-q', '--json']);

/** The first `up` says where its lab is. */
function tellOfWorld([command, ...words]: readonly string[]): void {
  if (command === 'up' && !words.some((word) => QUIET.has(word))) say(ONCE);
}

const ONCE =
  'working without root: your labs are in your own user namespace, which ends with the last of them; ' +
  'labs of sudo are separate (see `netwright rootless --help`)\n';
