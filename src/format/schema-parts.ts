import * as v from 'valibot';
import { NetwrightError } from '../base/index.ts';
import { describe } from './describe.ts';
import { DIGITS, NAME } from './names.ts';
import { PORT_MAX } from './ports.ts';
import { parseDuration } from './units.ts';

/** The content of the message for an unknown key, as JSON: a valibot issue does not include its schema. */
export interface KnownKeys {
  readonly keys: readonly string[];
  /** Keys of the format that this version does not support yet. */
  readonly later: readonly string[];
}

// valibot accepts an array as an object.
export const isMap = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const map = v.custom<unknown>(isMap);

/** The prefix of keys that are ignored: for anchors, or for data of other programs. */
export const EXTENSION = 'x-';

const isExtension = (key: string): boolean => key.startsWith(EXTENSION);

/** A map with these keys and no others. Extensions are ignored. */
export function strict<const E extends v.ObjectEntries>(entries: E, later: readonly string[] = []) {
  const known: KnownKeys = { keys: Object.keys(entries), later };
  const schema = v.strictObject(entries, JSON.stringify(known));
  const run = schema['~run'].bind(schema);
  const lenient: typeof schema = {
    ...schema,
    '~run': (dataset, config) => run(withoutExtensions(dataset), config),
  };
  return v.pipe(map, lenient);
}

function withoutExtensions(dataset: v.UnknownDataset): v.UnknownDataset {
  const { value } = dataset;
  if (!isMap(value) || !Object.keys(value).some(isExtension)) return dataset;
  return { ...dataset, value: Object.fromEntries(Object.entries(value).filter(([key]) => !isExtension(key))) };
}

export const record = <K extends v.GenericSchema<string, string>, S extends v.GenericSchema>(key: K, value: S) =>
  v.pipe(map, v.record(key, value));

/** Text that `parse` must accept; a NetwrightError from it is the issue's message. */
export const text = (
  parse: (text: string) => unknown,
  description: string,
  typeMessage?: v.ErrorMessage<v.StringIssue>,
) =>
  v.pipe(
    v.string(typeMessage),
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

export const name = (what: string, max: number) =>
  v.pipe(
    v.string(),
    v.regex(
      NAME,
      ({ received }) => `invalid ${what} name ${received}: use a-z, 0-9 and "-", starting with a letter or digit`,
    ),
    v.maxLength(
      max,
      ({ input }) => `the ${what} name "${input}" has ${input.length} characters; the maximum is ${max}`,
    ),
  );

/** A name that is also a key, and so cannot be digits only. */
export const keyName = (what: string, max: number) =>
  v.pipe(
    name(what, max),
    v.check(
      (value) => !DIGITS.test(value),
      ({ input }) => `the name "${input}" needs a letter: a number would be read as an address`,
    ),
  );

export const integer = (what: string, min: number, max: number, description: string) => {
  const message = ({ received }: { received: string }) => `invalid ${what} ${received}: expected ${min} to ${max}`;
  return v.pipe(
    v.number(),
    v.integer(message),
    v.minValue(min, message),
    v.maxValue(max, message),
    v.description(description),
  );
};

export const duration = text(
  parseDuration,
  'A duration, such as 20ms',
  ({ input }) => `${describe(input)} is not a duration: write it with a unit, us, ms, s, m or h, such as 20ms`,
);

export const port = integer('port', 1, PORT_MAX, 'A port number');

/** Exactly one of the keys of `T`. */
export type OneOf<T> = {
  [K in keyof T]: { readonly [P in K]-?: NonNullable<T[P]> } & { readonly [P in Exclude<keyof T, K>]?: undefined };
}[keyof T];

export type DeepReadonly<T> = T extends readonly (infer I)[]
  ? readonly DeepReadonly<I>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;
