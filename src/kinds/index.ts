/**
 * The kinds of links, one per file. A file defines everything that is specific to the kind: its options, whether it has
 * a lower link, its arguments for ip(8) and its attributes for rtnetlink. All other code handles kinds by these
 * definitions, not by name. Pure.
 */
import { KINDS } from './registry.ts';
import type { AnyKind, Kind, LowerKind, Options, OptionsOf, PortKind } from './define/index.ts';

export { KINDS };
export { bridgePort } from './bridge/index.ts';
export { vethData } from './veth.ts';
export {
  decodeOptions,
  encodeOptions,
  fixedOption,
  optionsIn,
  optionWords,
  withInitial,
  type AnyKind,
  type AnyOptions,
  type Kind,
  type Option,
  type Options,
  type OptionsOf,
  type Values,
  type Words,
} from './define/index.ts';

type Kinds = typeof KINDS;
/** IFLA_INFO_KIND of the supported kinds, and `loopback`. */
export type KindName = keyof Kinds;

type Of<K extends KindName> =
  Kinds[K] extends Kind<string, infer _D, infer O, infer P, infer L, infer R>
    ? { options: OptionsOf<O>; port: P; lower: L; pair: R }
    : never;

/** The options of a kind. */
export type KindOptions<K extends KindName> = Of<K>['options'];
/** Whether links of a kind have a lower link: `true` for always, `false` for never, `boolean` for optional. */
export type HasLowerLink<K extends KindName> = Of<K>['lower'] extends LowerKind
  ? Of<K>['lower']['needed'] extends true
    ? true
    : boolean
  : false;
/** Whether links of a kind are created in pairs. */
export type IsPaired<K extends KindName> = Of<K>['pair'] extends undefined ? false : true;
/** The kinds whose links can be masters, with settings for each port. */
export type MasterKind = { [K in KindName]: Of<K>['port'] extends PortKind ? K : never }[KindName];

type PortOptionsOf<P> = P extends PortKind<infer _D, infer O> ? OptionsOf<O> : never;
/** The options of a port, whatever its master. */
export type PortOptions = { [K in MasterKind]: PortOptionsOf<Of<K>['port']> }[MasterKind];

/** All kinds, in the order of `doctor`. */
export const ALL_KINDS = Object.values(KINDS) as unknown as readonly AnyKind[];

/** Finds a kind by its name; undefined if it is not supported. */
export const findKind = (name: string): AnyKind | undefined =>
  Object.hasOwn(KINDS, name) ? (KINDS as unknown as Readonly<Record<string, AnyKind>>)[name] : undefined;

/** Returns a kind by its name. */
export const kindOf = (name: KindName): AnyKind => KINDS[name] as unknown as AnyKind;

/** The kind of a link to create. @throws TypeError if Netwright cannot create links of the kind */
export function creatableKind({ kind }: { readonly kind: string }): AnyKind {
  const found = findKind(kind);
  if (found === undefined || found.madeBy === 'kernel') throw new TypeError(`cannot create links of kind ${kind}`);
  return found;
}

/** The options of ports, by the kind of their master. */
export const portOptionsOf = (master: MasterKind): Options => KINDS[master].port!.options;
