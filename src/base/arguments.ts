import { UsageError } from './error.ts';

/*
 * What callers give is checked where it comes in: TypeScript sees to it in programs that it compiles, and JavaScript has
 * nobody to. An argument that is wrong must not become a wrong name, or a time that is over at once.
 */

const isMilliseconds = (value: unknown): boolean => typeof value === 'number' && value >= 0;

/** What an argument may be, and the words for it. */
const KINDS = {
  text: ['a string', (value) => typeof value === 'string'],
  texts: ['an array of strings', (value) => Array.isArray(value) && value.every((one) => typeof one === 'string')],
  flag: ['true or false', (value) => typeof value === 'boolean'],
  count: ['a whole number, 0 or more', (value) => Number.isSafeInteger(value) && (value as number) >= 0],
  function: ['a function', (value) => typeof value === 'function'],
  object: ['an object', (value) => typeof value === 'object' && value !== null && !Array.isArray(value)],
  folder: ['a string or a URL', (value) => typeof value === 'string' || value instanceof URL],
  signal: ['an AbortSignal', (value) => value instanceof AbortSignal],
  /** Milliseconds; Infinity is as long as it takes. */
  time: ['a number of milliseconds, 0 or more', isMilliseconds],
  /** Milliseconds that are divided, or added to a clock. */
  finiteTime: [
    'a number of milliseconds, 0 or more and finite',
    (value) => isMilliseconds(value) && value !== Infinity,
  ],
} as const satisfies Readonly<Record<string, readonly [words: string, is: (value: unknown) => boolean]>>;

export type ArgumentKind = keyof typeof KINDS;

/** @throws UsageError that names the argument, and what was given, unless it is of the kind */
export function checkArgument(name: string, value: unknown, kind: ArgumentKind): void {
  const [words, is] = KINDS[kind];
  if (!is(value)) throw new UsageError(`${name} must be ${words}, not ${given(value)}`);
}

/**
 * Checks options, each of which may be absent.
 * @throws UsageError as {@link checkArgument}
 */
export function checkOptions(options: unknown, kinds: Readonly<Record<string, ArgumentKind>>): void {
  checkArgument('options', options, 'object');
  const values = options as Readonly<Record<string, unknown>>;
  for (const [name, kind] of Object.entries(kinds))
    if (values[name] !== undefined) checkArgument(`options.${name}`, values[name], kind);
}

/** Where an array of texts was wanted, what in it is none. */
function givenArray(values: readonly unknown[]): string {
  const odd = values.find((value) => typeof value !== 'string' && !Array.isArray(value));
  return odd === undefined ? 'an array' : `an array with ${given(odd)} in it`;
}

function given(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
    case 'object':
      return value === null ? 'null' : Array.isArray(value) ? givenArray(value) : 'an object';
    case 'function':
      return 'a function';
    default:
      return String(value);
  }
}
