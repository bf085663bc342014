import { UsageError } from './error.ts';
import { didYouMean } from './text.ts';

/*
 * The library checks its arguments at run time, since callers in JavaScript have no type checks. An invalid argument
 * must not become a wrong name, or a timeout that ends at once.
 */

/** A kind of argument: its description, and a test for values. */
export type Kind = readonly [description: string, is: (value: unknown) => boolean];

const isText = (value: unknown): boolean => typeof value === 'string';
const isMilliseconds = (value: unknown): boolean => typeof value === 'number' && value >= 0;

export const isListOf = (value: unknown, is: (item: unknown) => boolean): boolean =>
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
  /** Milliseconds; Infinity waits for ever. */
  time: ['a number of milliseconds, 0 or more', isMilliseconds],
  /** Milliseconds for calculations, in which Infinity is not valid. */
  finiteTime: [
    'a number of milliseconds, 0 or more and finite',
    (value) => isMilliseconds(value) && value !== Infinity,
  ],
  /** For an option that is checked elsewhere. */
  any: ['anything', () => true],
} as const satisfies Readonly<Record<string, Kind>>;

/** The name of a common kind, or another kind. */
export type ArgumentKind = keyof typeof KINDS | Kind;

/** The kinds of all options. */
export type OptionKinds<Options> = Readonly<Record<keyof Options, ArgumentKind>>;

/** @throws UsageError with the argument's name and value unless the value is of this kind */
export function checkArgument(name: string, value: unknown, kind: ArgumentKind): void {
  const [description, is] = typeof kind === 'string' ? KINDS[kind] : kind;
  if (!is(value)) throw new UsageError(`${name} must be ${description}, not ${textOf(value)}`);
}

/**
 * Checks options. Each option can be absent or undefined.
 * @param name the name of the argument
 * @throws UsageError as {@link checkArgument}, and for an unknown option
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

/** Describes an array that should contain only strings, with the first other item. */
function arrayText(values: readonly unknown[]): string {
  const invalid = values.find((value) => typeof value !== 'string' && !Array.isArray(value));
  return invalid === undefined ? 'an array' : `an array with ${textOf(invalid)} in it`;
}

function textOf(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
    case 'object':
      return value === null ? 'null' : Array.isArray(value) ? arrayText(value) : 'an object';
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
