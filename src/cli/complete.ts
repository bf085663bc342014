import { namespaceName } from '../state/index.ts';
import { COMMANDS, type ArgumentKind, type CommandEntry } from './command/index.ts';
import { labNames, labNamespaces } from '../netns/index.ts';
import { savedServices } from '../store/index.ts';

/** What completes a word, and what it is. */
type Candidate = readonly [word: string, description?: string];

/**
 * The candidates for the last of `words`, which stand after the program's name: one a line, with a tab before what it
 * is. A line that begins with a colon tells the shell to complete something itself: `:file`, `:program`, `:argument`.
 */
export async function complete(words: readonly string[]): Promise<string[]> {
  const current = words.at(-1) ?? '';
  const [command, ...before] = words.slice(0, -1);
  const { candidates, otherwise } = await candidatesFor(command, before, current);
  const lines = candidates
    .filter(([word]) => word.startsWith(current))
    .map(([word, description]) => (description === undefined ? word : `${word}\t${description}`));
  return otherwise === undefined ? lines : [...lines, `:${otherwise}`];
}

interface Candidates {
  readonly candidates: readonly Candidate[];
  readonly otherwise?: 'file' | 'program' | 'argument';
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

  const passes = entry.arguments.includes('program');
  // Options of ours stand before the program; what looks like one after it is the program's.
  const own = passes && before[0]?.startsWith('-') === true ? await ownOptions(entry, before) : NONE;
  if (own.pending !== undefined)
    return { candidates: [], ...(FILE_OPTIONS.has(own.pending) && { otherwise: 'argument' as const }) };
  if (current.startsWith('-') && !(passes && before.length > own.end)) {
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
  // Numbers, and assignments, which nobody else knows.
  if (VALUED.test(before.at(-1) ?? '')) return { candidates: [] };
  const values = passes
    ? before.slice(own.end).filter((word, i) => !(i === entry.arguments.indexOf('program') && word === '--'))
    : before.filter((word, i) => !isOption(word) && !VALUED.test(before[i - 1] ?? ''));
  const kinds = entry.arguments;
  const kind =
    values.length < kinds.length || isRepeated(kinds) ? kinds[Math.min(values.length, kinds.length - 1)] : undefined;
  return argumentsOf(kind, new Set(values));
}

/** Options that a value follows. */
const VALUED = /^--(wait|timeout|tail|set)$/;

/** Options whose values are files or folders. */
const FILE_OPTIONS: ReadonlySet<string> = new Set(['--report', '--writable']);

interface OwnOptions {
  readonly end: number;
  readonly pending?: string;
}
const NONE: OwnOptions = { end: 0 };

/** Where the options before a program end, and the one whose value is just being written. */
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

/** Whether the last argument may be given again and again. */
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
  const alone = new Set(all.map(({ lab }) => lab)).size === 1;
  return [
    ...all.map(({ namespace }): Candidate => [namespace, 'node']),
    ...(alone ? all.map(({ node, lab }): Candidate => [node, `node of ${lab}`]) : []),
  ];
}

/** Those that were ever started, and the nodes that have several. */
function services(except: ReadonlySet<string>): Candidate[] {
  const all = savedServices();
  const alone = new Set(all.map(({ lab }) => lab)).size === 1;
  const words = all.flatMap(({ lab, node, service, only }): Candidate[] => {
    const parts = only ? [''] : ['', `/${service}`];
    return parts.flatMap((part): Candidate[] => [
      [`${namespaceName({ lab, node })}${part}`, 'service'],
      ...(alone ? [[`${node}${part}`, `service of ${lab}`] as const] : []),
    ]);
  });
  return [...new Map<string, Candidate>(words.map((word) => [word[0], word])).values()].filter(
    ([word]) => !except.has(word),
  );
}

function argumentsOf(kind: ArgumentKind | undefined, given: ReadonlySet<string>): Candidates {
  switch (kind) {
    case 'file':
      return { candidates: [], otherwise: 'file' };
    case 'lab or file':
      return { candidates: labs(given), otherwise: 'file' };
    case 'node':
      return { candidates: nodes() };
    case 'service':
      return { candidates: services(given) };
    case 'lab or service':
      return { candidates: [...labs(given), ...services(given)] };
    case 'program':
      return { candidates: [], otherwise: 'program' };
    case 'program argument':
      return { candidates: [], otherwise: 'argument' };
    case 'shell':
      return { candidates: [['bash'], ['zsh'], ['fish']] };
    case 'port':
    case undefined:
      break;
  }
  return { candidates: [] };
}
