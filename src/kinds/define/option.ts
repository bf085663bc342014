import type { Ip } from '../../addr/index.ts';

/** The values that an option accepts. Property tests generate values from it. */
export type Values =
  | { readonly type: 'integer'; readonly min: number; readonly max: number; readonly step?: number }
  | { readonly type: 'switch' }
  | { readonly type: 'choice'; readonly of: readonly string[] }
  | { readonly type: 'address'; readonly of: 'unicast' | 'multicast' };

export type Words = readonly (string | number)[];

/**
 * Where `ip -j -d link` prints an option: under a key, or as an element of the list under a key. A switch that is off
 * can be absent.
 */
export type Shown = string | readonly [list: string, element: string];

/** An option of a kind of link, or of a port: its representation in NetworkState, rtnetlink and ip(8). */
export interface Option<T = unknown, Needed extends boolean = boolean> {
  readonly values: Values;
  /** Whether a link cannot be created without it. */
  readonly needed: Needed;
  /** The kernel's default, if it is always the same. */
  readonly initial?: T;
  /** Whether it can only be set at creation, so that a link must be recreated to change it. */
  readonly fixed: boolean;
  /** Whether a link must be recreated for this change of an option that is otherwise not fixed. */
  isFixed?(from: T, to: T): boolean;
  /** Its arguments in `ip link add … type KIND`. */
  words(value: T): Words;
  readonly shown: Shown;
  /** The kernel configuration option that it requires, if the kind does not require it anyway. */
  readonly takes?: string;
}

export type Options = Readonly<Record<string, Option>>;

type ValueOf<O> = O extends Option<infer T> ? T : never;
type NeededOf<O> = {
  [K in keyof O]: O[K] extends Option<unknown, infer N> ? (N extends true ? K : never) : never;
}[keyof O];

/** The type of an object with values for options. */
export type OptionsOf<O> = { readonly [K in NeededOf<O>]: ValueOf<O[K]> } & {
  readonly [K in Exclude<keyof O, NeededOf<O>>]?: ValueOf<O[K]>;
};

interface More<T> {
  readonly initial?: T;
  readonly fixed?: boolean;
  isFixed?(from: T, to: T): boolean;
  readonly shown?: Shown;
  readonly takes?: string;
}

const option = <T>(word: string, values: Values, words: (value: T) => Words, more: More<T>): Option<T, false> => ({
  values,
  needed: false,
  fixed: false,
  words,
  shown: word,
  ...more,
});

/** @param word its name in ip(8) */
export const integer = (word: string, min: number, max: number, more: More<number> = {}): Option<number, false> =>
  option(word, { type: 'integer', min, max }, (value) => [word, value], more);

/** A time in hundredths of a second, in whole seconds: the kernel rounds fractions to its ticks (HZ). */
export const seconds = (word: string, min: number, max: number): Option<number, false> =>
  option(word, { type: 'integer', min, max, step: 100 }, (value) => [word, value], {});

export const choice = <const C extends string>(word: string, of: readonly C[], more: More<C> = {}): Option<C, false> =>
  option(word, { type: 'choice', of }, (value) => [word, value], more);

/** A choice whose value alone is the argument of ip(8), without the name of an option. */
export const bareChoice = <const C extends string>(of: readonly C[], more: More<C> = {}): Option<C, false> =>
  option('', { type: 'choice', of }, (value) => [value], more);

export const address = (word: string, of: 'unicast' | 'multicast', more: More<Ip> = {}): Option<Ip, false> =>
  option(word, { type: 'address', of }, (value) => [word, value], more);

/** The arguments of ip(8) for a switch that is on or off, by style. */
const SWITCHES = {
  'on off': (word: string, on: boolean): Words => [word, on ? 'on' : 'off'],
  '1 0': (word: string, on: boolean): Words => [word, on ? 1 : 0],
  'word noword': (word: string, on: boolean): Words => [on ? word : `no${word}`],
  word: (word: string, on: boolean): Words => (on ? [word] : []),
};

export const onOff = (word: string, style: keyof typeof SWITCHES, more: More<boolean> = {}): Option<boolean, false> =>
  option(word, { type: 'switch' }, (on) => SWITCHES[style](word, on), more);

/** The same option as a required one. */
export const needed = <T>(optional: Option<T, false>): Option<T, true> => ({ ...optional, needed: true });
