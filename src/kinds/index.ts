/**
 * Kinds of links, one a file: everything that is particular to a kind, its options, what it lies upon, its words for ip(8),
 * its attributes for rtnetlink. Planning, applying, observing and showing links read these, and know no kind by name. Pure.
 */
import { KINDS } from './registry.ts';
import type { AnyKind, Kind, LowerKind, Options, OptionsOf, PortKind } from './define/index.ts';

export { KINDS };
export { bridgePort } from './bridge/port.ts';
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
/** IFLA_INFO_KIND of the kinds that there is a file of, and `loopback`. */
export type KindName = keyof Kinds;

type Of<K extends KindName> =
  Kinds[K] extends Kind<string, infer _D, infer O, infer P, infer L, infer R>
    ? { options: OptionsOf<O>; port: P; lower: L; pair: R }
    : never;

/** The options of a kind. */
export type KindOptions<K extends KindName> = Of<K>['options'];
/** Whether a kind lies upon another link: `true` where it must, `false` where it never does, `boolean` where it may. */
export type LiesUponAnother<K extends KindName> = Of<K>['lower'] extends LowerKind
  ? Of<K>['lower']['needed'] extends true
    ? true
    : boolean
  : false;
/** Whether a kind is made in pairs. */
export type IsPaired<K extends KindName> = Of<K>['pair'] extends undefined ? false : true;
/** Kinds that say something of each of their ports. */
export type MasterKind = { [K in KindName]: Of<K>['port'] extends PortKind ? K : never }[KindName];

type PortOptionsOf<P> = P extends PortKind<infer _D, infer O> ? OptionsOf<O> : never;
/** The options of a port, whatever its master. */
export type PortOptions = { [K in MasterKind]: PortOptionsOf<Of<K>['port']> }[MasterKind];

/** All kinds, in the order in which `doctor` tells of them. */
export const ALL_KINDS = Object.values(KINDS) as unknown as readonly AnyKind[];

/** A kind by its name, if there is a file of it. */
export const findKind = (name: string): AnyKind | undefined =>
  Object.hasOwn(KINDS, name) ? (KINDS as unknown as Readonly<Record<string, AnyKind>>)[name] : undefined;

/** A kind by its name. */
export const kindOf = (name: KindName): AnyKind => KINDS[name] as unknown as AnyKind;

/** The kind of a link that is to be made. @throws TypeError for one of no kind that Netwright makes */
export function kindOfMade({ kind }: { readonly kind: string }): AnyKind {
  const found = findKind(kind);
  if (found === undefined || found.madeBy === 'kernel') throw new TypeError(`links of kind ${kind} are not made here`);
  return found;
}

/** What a master says of its ports, by its kind. */
export const portOptionsOf = (master: MasterKind): Options => KINDS[master].port!.options;
