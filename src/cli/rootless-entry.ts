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

/** How a command uses the user namespace of a caller who is not root. */
type UserNamespaceUse =
  /** Enters it; creates it if it does not exist. */
  | 'make'
  /** Enters it if it exists. Otherwise there are no labs, and the command reports that itself. */
  | 'join'
  /** Enters it if it exists, or else an empty one that ends with the command. */
  | 'try'
  | 'none';

/** By command; `join` for all others. */
const USES: Readonly<Record<string, UserNamespaceUse>> = {
  up: 'make',
  plan: 'try',
  down: 'try',
  clean: 'try',
  script: 'none',
  doctor: 'none',
  completion: 'none',
  help: 'none',
  // These two enter it themselves: root can call them too, and errors in their arguments are reported first.
  rootless: 'none',
  run: 'none',
  [LOOPBACK]: 'none',
};

const HELP = new Set(['--help', '-h']);

function useOf(args: readonly string[]): UserNamespaceUse {
  const [command, first] = args;
  if (command === undefined || command.startsWith('-') || HELP.has(first ?? '')) return 'none';
  const use = Object.hasOwn(USES, command) ? USES[command]! : 'join';
  // A command that cannot succeed must not create a user namespace.
  if (use === 'make' && (args.some((word) => HELP.has(word)) || !namesFile(args.slice(1)))) return 'none';
  return use;
}

const namesFile = (args: readonly string[]): boolean => args.some((word) => word === '-' || existsSync(word));

/**
 * Runs a command line in the user namespace of its user's labs. Replaces this process there (execve(2)), or returns the
 * arguments to run here.
 * @throws CapabilityError if it needs a user namespace and none can be created
 */
export function enterRootless(args: readonly string[]): readonly string[] {
  const [word, ...rest] = args;
  if (word === CONTINUE) return continueInside(rest);
  // LEAVE also applies to a user namespace that root created.
  if (word !== LEAVE && !isUnprivileged()) return args;
  const use = useOf(args);
  if (use === 'none') return args;
  if (use === 'make') return enterUserNamespace(args, { say, onMade: () => explainUserNamespace(args) });
  joinUserNamespace(args, say);
  // Run here if the command can concern labs of root, which are visible here.
  const outside = use === 'join' || (args[0] !== 'plan' && labNames().length > 0);
  return outside || !canCreateUserNamespace() ? args : enterTemporary(args);
}

const QUIET = new Set(['--quiet', '-q', '--json']);

/** The `up` that creates the user namespace prints where its lab is. */
function explainUserNamespace([command, ...words]: readonly string[]): void {
  if (command === 'up' && !words.some((word) => QUIET.has(word))) say(ROOTLESS_NOTE);
}

const ROOTLESS_NOTE =
  'working without root: your labs are in your own user namespace, which ends with the last of them; ' +
  'labs of sudo are separate (see `netwright rootless --help`)\n';
