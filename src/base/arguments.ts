import { UsageError } from './error.ts';
import { didYouMean } from './text.ts';

/*
 * What callers give is checked where it comes in: TypeScript sees to it in programs that it compiles, and JavaScript has
 * nobody to. An argument that is wrong must not become a wrong name, or a time that is over at once.
 */

/** What an argument may be: in words, and whether a value is that. */
export type Kind = readonly [words: string, is: (value: unknown) => boolean];

const isText = (value: unknown): boolean => typeof value === 'string';
const isMilliseconds = (value: unknown): boolean => typeof value === 'number' && value >= 0;

export const isListOf = (value: unknown, is: (one: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(is);

const KINDS = {
  text: ['a string', isText],
  texts: ['an array of strings', (value) => isListOf(value, isText)],
  bytes: ['a string or bytes', (value) => isText(value) || value instanceof Uint8Array],
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
  /** Of an option that is checked where it is used. */
  any: ['anything', () => true],
} as const satisfies Readonly<Record<string, Kind>>;

/** One of those that many arguments have, by its name, or a kind of one's own. */
export type ArgumentKind = keyof typeof KINDS | Kind;

/** The kind of each option that there is. */
export type OptionKinds<Options> = Readonly<Record<keyof Options, ArgumentKind>>;

/** @throws UsageError that names the argument, and what was given, unless it is of the kind */
export function checkArgument(name: string, value: unknown, kind: ArgumentKind): void {
  const [words, is] = typeof kind === 'string' ? KINDS[kind] : kind;
  if (!is(value)) throw new UsageError(`${name} must be ${words}, not ${given(value)}`);
}

/**
 * Checks options, each of which may be absent, or undefined, which is the same.
 * @param name of the argument
 * @throws UsageError as {@link checkArgument}, and for an option that there is not
 */
export function checkOptions<Options extends object>(
  options: Options,
  kinds: OptionKinds<Options>,
  name = 'options',
): void {
  checkArgument(name, options, 'object');
  for (const [key, value] of Object.entries(options)) {
    if (!Object.hasOwn(kinds, key)) throw unknownOption(name, key, Object.keys(kinds));
    if (value !== undefined) checkArgument(`${name}.${key}`, value, kinds[key as keyof Options]);
  }
}

const unknownOption = (name: string, key: string, known: readonly string[]): UsageError =>
  new UsageError(`unknown key "${key}" in ${name}${didYouMean(key, known)}; valid keys: ${known.join(', ')}`);
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
    case 'bigint':
    case 'boolean':
    case 'number':
    case 'symbol':
    case 'undefined':
      return String(value);
  }
}
