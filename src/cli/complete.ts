import { namespaceName } from '../state/index.ts';
import { COMMANDS, type ArgumentKind, type CommandEntry } from './command/index.ts';
import { labNames, labNamespaces } from '../netns/index.ts';
import { savedServices } from '../store/index.ts';

/** A completed word, and its description. */
type Candidate = readonly [word: string, description?: string];

/**
 * The candidates for the last of `words`, which are the words after the program's name. Each line is a word, a tab and
 * its description. A line that begins with a colon asks the shell to complete by itself: `:file`, `:program`,
 * `:argument`.
 */
export async function complete(words: readonly string[]): Promise<string[]> {
  const current = words.at(-1) ?? '';
  const [command, ...before] = words.slice(0, -1);
  const { candidates, byShell } = await candidatesFor(command, before, current);
  const lines = candidates
    .filter(([word]) => word.startsWith(current))
    .map(([word, description]) => (description === undefined ? word : `${word}\t${description}`));
  return byShell === undefined ? lines : [...lines, `:${byShell}`];
}

interface Candidates {
  readonly candidates: readonly Candidate[];
  /** What the shell completes itself. */
  readonly byShell?: 'file' | 'program' | 'argument';
}

async function candidatesFor(
  command: string | undefined,
  before: readonly string[],
  current: string,
): Promise<Candidates> {
  if (command === undefined) {
    if (current.startsWith('-'))
      return {
        candidates: [
          ['--help', 'print the help'],
          ['--version', 'print the version'],
        ],
      };
    return { candidates: [...commands(), ['help', 'print the help of a command']] };
  }
  if (command === 'help') return { candidates: before.length === 0 ? commands() : [] };
  const entry = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
  if (entry === undefined) return { candidates: [] };

  const hasProgram = entry.arguments.includes('program');
  // Netwright's options precede the program; options after it are the program's.
  const own = hasProgram && before[0]?.startsWith('-') === true ? await ownOptions(entry, before) : NO_OPTIONS;
  if (own.pending !== undefined)
    return { candidates: [], ...(FILE_OPTIONS.has(own.pending) && { byShell: 'argument' as const }) };
  if (current.startsWith('-') && !(hasProgram && before.length > own.end)) {
    const { options } = (await entry.load()).command;
    const given = new Set(before);
    return {
      candidates: options
        .flatMap(({ long, description }): Candidate[] =>
          long === null || long === undefined ? [] : [[long, description]],
        )
        .concat([['--help', 'print this help']])
        .filter(([word]) => !given.has(word)),
    };
  }
  // Numbers and assignments have no candidates.
  if (VALUED.test(before.at(-1) ?? '')) return { candidates: [] };
  const values = hasProgram
    ? before.slice(own.end).filter((word, i) => !(i === entry.arguments.indexOf('program') && word === '--'))
    : before.filter((word, i) => !isOption(word) && !VALUED.test(before[i - 1] ?? ''));
  const kinds = entry.arguments;
  const kind =
    values.length < kinds.length || isRepeated(kinds) ? kinds[Math.min(values.length, kinds.length - 1)] : undefined;
  return argumentsOf(kind, new Set(values));
}

/** Options with a value that is neither a file nor a folder. */
const VALUED = /^--(wait|timeout|tail|set)$/;

/** Options whose values are files or folders. */
const FILE_OPTIONS: ReadonlySet<string> = new Set(['--report', '--writable']);

interface OwnOptions {
  /** The number of words that are options or their values. */
  readonly end: number;
  /** The option whose value is the word to complete. */
  readonly pending?: string;
}
const NO_OPTIONS: OwnOptions = { end: 0 };

/** The options before a program. */
async function ownOptions(entry: CommandEntry, before: readonly string[]): Promise<OwnOptions> {
  const { options } = (await entry.load()).command;
  let end = 0;
  while (before[end]?.startsWith('-') === true && before[end] !== '--') {
    const word = before[end]!;
    const takesValue = options.some(({ long, short, required }) => required && (long === word || short === word));
    if (takesValue && end === before.length - 1) return { end, pending: word };
    end += takesValue ? 2 : 1;
  }
  return { end };
}

const isOption = (word: string): boolean => word.startsWith('-') && word !== '-';

/** Whether the last argument can be repeated. */
const isRepeated = (kinds: readonly ArgumentKind[]): boolean =>
  kinds.at(-1) === 'program argument' || (kinds.length > 1 && kinds.at(-1) === kinds.at(-2));

const commands = (): Candidate[] => Object.entries(COMMANDS).map(([name, { summary }]) => [name, summary]);

const labs = (except: ReadonlySet<string>): Candidate[] =>
  labNames()
    .filter((lab) => !except.has(lab))
    .map((lab) => [lab, 'lab']);

function nodes(): Candidate[] {
  const all = labNamespaces().flatMap(({ lab, namespace, node }) =>
    node === undefined ? [] : [{ lab, namespace, node }],
  );
  const isOneLab = new Set(all.map(({ lab }) => lab)).size === 1;
  return [
    ...all.map(({ namespace }): Candidate => [namespace, 'node']),
    ...(isOneLab ? all.map(({ node, lab }): Candidate => [node, `node of ${lab}`]) : []),
  ];
}

/** The services that were ever started, and nodes with several of them. */
function services(except: ReadonlySet<string>): Candidate[] {
  const all = savedServices();
  const isOneLab = new Set(all.map(({ lab }) => lab)).size === 1;
  const words = all.flatMap(({ lab, node, service, only }): Candidate[] => {
    const parts = only ? [''] : ['', `/${service}`];
    return parts.flatMap((part): Candidate[] => [
      [`${namespaceName({ lab, node })}${part}`, 'service'],
      ...(isOneLab ? [[`${node}${part}`, `service of ${lab}`] as const] : []),
    ]);
  });
  return [...new Map<string, Candidate>(words.map((word) => [word[0], word])).values()].filter(
    ([word]) => !except.has(word),
  );
}

function argumentsOf(kind: ArgumentKind | undefined, given: ReadonlySet<string>): Candidates {
  switch (kind) {
    case 'file':
      return { candidates: [], byShell: 'file' };
    case 'lab or file':
      return { candidates: labs(given), byShell: 'file' };
    case 'node':
      return { candidates: nodes() };
    case 'service':
      return { candidates: services(given) };
    case 'lab or service':
      return { candidates: [...labs(given), ...services(given)] };
    case 'program':
      return { candidates: [], byShell: 'program' };
    case 'program argument':
      return { candidates: [], byShell: 'argument' };
    case 'shell':
      return { candidates: [['bash'], ['zsh'], ['fish']] };
    case 'port':
    case undefined:
      break;
  }
  return { candidates: [] };
}
