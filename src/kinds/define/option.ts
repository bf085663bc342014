import type { Ip } from '../../addr/index.ts';

/** What an option may be. Property tests make values by it. */
export type Values =
  | { readonly type: 'integer'; readonly min: number; readonly max: number; readonly step?: number }
  | { readonly type: 'switch' }
  | { readonly type: 'choice'; readonly of: readonly string[] }
  | { readonly type: 'address'; readonly of: 'unicast' | 'multicast' };

export type Words = readonly (string | number)[];

/**
 * Where `ip -j -d link` shows an option: under a key, or as an element of the list under a key. A switch that is off may
 * be absent.
 */
export type Shown = string | readonly [list: string, element: string];

/** An option of a kind of link, or of a port of one: what NetworkState, rtnetlink and ip(8) say of it. */
export interface Option<T = unknown, Needed extends boolean = boolean> {
  readonly values: Values;
  /** Whether the link cannot be made without it. */
  readonly needed: Needed;
  /** What the kernel takes where none is given, if that is always the same. */
  readonly initial?: T;
  /** Whether it is decided when the link is made, so that a link whose option is to change is recreated. */
  readonly fixed: boolean;
  /** Whether a link must be recreated for one change of an option that is not fixed. */
  isFixed?(from: T, to: T): boolean;
  /** What stands for it in `ip link add … type KIND`. */
  words(value: T): Words;
  readonly shown: Shown;
  /** What the kernel must be built with for it, where that is more than the kind takes. */
  readonly takes?: string;
}

export type Options = Readonly<Record<string, Option>>;

type ValueOf<O> = O extends Option<infer T> ? T : never;
type NeededOf<O> = {
  [K in keyof O]: O[K] extends Option<unknown, infer N> ? (N extends true ? K : never) : never;
}[keyof O];

/** The values that options may have. */
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

/** @param word what ip(8) calls it */
export const integer = (word: string, min: number, max: number, more: More<number> = {}): Option<number, false> =>
  option(word, { type: 'integer', min, max }, (value) => [word, value], more);

/** A time in hundredths of a second. Whole seconds: of the rest the kernel keeps as much as its ticks are exact. */
export const seconds = (word: string, min: number, max: number): Option<number, false> =>
  option(word, { type: 'integer', min, max, step: 100 }, (value) => [word, value], {});

export const choice = <const C extends string>(word: string, of: readonly C[], more: More<C> = {}): Option<C, false> =>
  option(word, { type: 'choice', of }, (value) => [word, value], more);

/** A choice that is a word of its own: ip(8) does not say of what. */
export const bareChoice = <const C extends string>(of: readonly C[], more: More<C> = {}): Option<C, false> =>
  option('', { type: 'choice', of }, (value) => [value], more);

export const address = (word: string, of: 'unicast' | 'multicast', more: More<Ip> = {}): Option<Ip, false> =>
  option(word, { type: 'address', of }, (value) => [word, value], more);

/** How ip(8) says whether a switch is on, each where it is on and where it is off. */
const SWITCHES = {
  'on off': (word: string, on: boolean): Words => [word, on ? 'on' : 'off'],
  '1 0': (word: string, on: boolean): Words => [word, on ? 1 : 0],
  'word noword': (word: string, on: boolean): Words => [on ? word : `no${word}`],
  word: (word: string, on: boolean): Words => (on ? [word] : []),
};

export const onOff = (word: string, style: keyof typeof SWITCHES, more: More<boolean> = {}): Option<boolean, false> =>
  option(word, { type: 'switch' }, (on) => SWITCHES[style](word, on), more);

/** The same option, without which there is no link. */
export const needed = <T>(of: Option<T, false>): Option<T, true> => ({ ...of, needed: true });
