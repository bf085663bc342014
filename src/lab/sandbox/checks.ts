import { UsageError } from '../../base/error.ts';
import { didYouMean } from '../../base/text.ts';

/** What a value must be, in words, and whether it is. */
export interface Kind {
  readonly is: (value: unknown) => boolean;
  readonly words: string;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isText = (value: unknown): boolean => typeof value === 'string';
const isWhole = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0;

const listOf =
  (is: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    Array.isArray(value) && value.every(is);

export const TEXT: Kind = { is: isText, words: 'a text' };
export const TEXTS: Kind = { is: listOf(isText), words: 'a list of texts' };
export const PORTS: Kind = {
  is: listOf((one) => isText(one) || typeof one === 'number'),
  words: 'a list of ports, such as 5432 or "5432:15432"',
};
export const FUNCTION: Kind = { is: (value) => typeof value === 'function', words: 'a function' };
export const ID: Kind = {
  is: (value) => isWhole(value) && (value as number) < 2 ** 32 - 1,
  words: 'a user or group id',
};
export const COUNT: Kind = { is: (value) => isWhole(value) && value !== 0, words: 'a whole number from 1 up' };
export const SHARE: Kind = {
  is: (value) => Number.isFinite(value) && (value as number) >= 0.01,
  words: 'a number from 0.01 up',
};
export const MILLISECONDS: Kind = {
  is: (value) => typeof value === 'number' && value >= 0,
  words: 'a number of milliseconds',
};
export const SIGNAL: Kind = { is: (value) => value instanceof AbortSignal, words: 'an AbortSignal' };
export const INPUT: Kind = { is: (value) => isText(value) || value instanceof Uint8Array, words: 'a text or bytes' };
export const VARIABLES: Kind = { is: isObject, words: 'an object of variables' };
const isStream = (value: unknown): boolean => isText(value) || isWhole(value) || value === null || value === undefined;
export const STREAMS: Kind = {
  is: (value) => isText(value) || listOf(isStream)(value),
  words: '"inherit", "pipe", "ignore", or a list of these and of descriptors',
};

/** @throws UsageError unless a value is what it must be */
export function check(what: string, value: unknown, { is, words }: Kind): void {
  if (!is(value)) throw new UsageError(`${what} must be ${words}, not ${shown(value)}`);
}

/** @throws UsageError unless a value is an object with these keys, or some of them; one that is undefined is none */
export function checkKeys(what: string, value: unknown, kinds: Readonly<Record<string, Kind>>): void {
  if (!isObject(value)) throw new UsageError(`${what} must be an object, not ${shown(value)}`);
  for (const [key, one] of Object.entries(value)) {
    if (!Object.hasOwn(kinds, key))
      throw new UsageError(
        `unknown key "${key}" in ${what}${didYouMean(key, Object.keys(kinds))}; there are ${Object.keys(kinds).join(', ')}`,
      );
    if (one !== undefined) check(`${key} in ${what}`, one, kinds[key]!);
  }
}

const shown = (value: unknown): string => {
  if (value === null || value === undefined || typeof value === 'number') return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  return Array.isArray(value) ? 'a list of something else' : `a value of type ${typeof value}`;
};
