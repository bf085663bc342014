import * as v from 'valibot';
import { NetwrightError } from '../base/error.ts';

// What the schemas of the format are put together from.

/** What the message of an unknown key carries, for whoever reports it: the issue itself does not know its schema. */
export interface KnownKeys {
  readonly keys: readonly string[];
  /** Keys of the format that this version does not build yet. */
  readonly later: readonly string[];
}

// valibot takes a list for an object.
const isMap = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
const map = v.custom<unknown>(isMap);

export function strict<const E extends v.ObjectEntries>(entries: E, later: readonly string[] = []) {
  const known: KnownKeys = { keys: Object.keys(entries), later };
  const message = JSON.stringify(known);
  return v.pipe(map, v.strictObject(entries, message));
}

export const record = <K extends v.GenericSchema<string, string>, S extends v.GenericSchema>(key: K, value: S) =>
  v.pipe(map, v.record(key, value));

/** Text that a parser must accept; what it throws is the message. */
export const text = (
  parse: (text: string) => unknown,
  description: string,
  otherwise?: v.ErrorMessage<v.StringIssue>,
) =>
  v.pipe(
    v.string(otherwise),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      try {
        parse(dataset.value);
      } catch (error) {
        if (!(error instanceof NetwrightError)) throw error;
        addIssue({ message: error.message });
      }
    }),
    v.description(description),
  );

export const integer = (what: string, min: number, max: number, description: string) => {
  const message = ({ received }: { received: string }) =>
    `${what} is a whole number from ${min} to ${max}, not ${received}`;
  return v.pipe(
    v.number(),
    v.integer(message),
    v.minValue(min, message),
    v.maxValue(max, message),
    v.description(description),
  );
};

export type DeepReadonly<T> = T extends readonly (infer I)[]
  ? readonly DeepReadonly<I>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;
