import {
  attribute,
  attributes,
  bytes,
  cString,
  selected,
  type AnyCodec,
  type Codec,
  type Infer,
} from '../../wire/index.ts';

/**
 * The name of a link kind without a schema here: at run time the kernel's name. To the compiler it is a value that
 * differs from every known kind, so that `kind` discriminates the union. Make one with {@link otherKind}.
 */
export declare enum OtherKind {
  Unlisted = 'a kind without a schema',
}

/** Returns the name of a link kind without a schema, as an {@link OtherKind}. */
export const otherKind = (kind: string): OtherKind => kind as OtherKind;

type Registry = Readonly<Record<string, AnyCodec>>;

/** `kind` selects the type of `data`. */
type OfKind<Kinds> = { [K in keyof Kinds]: { kind: K; data?: Infer<Kinds[K]> } }[keyof Kinds];
type OfPortKind<Kinds> = { [K in keyof Kinds]: { slaveKind: K; slaveData?: Infer<Kinds[K]> } }[keyof Kinds];

/**
 * The kind of a link with its data (kind, data), and its data as a port of its master (slaveKind, slaveData). Each pair
 * can be absent: a hardware Ethernet interface that is a bridge port has no kind.
 */
export type LinkInfoOf<Kinds, PortKinds> = (
  | OfKind<Kinds>
  | { kind: OtherKind; data?: Uint8Array }
  | { kind?: never; data?: never }
) &
  (
    | OfPortKind<PortKinds>
    | { slaveKind: OtherKind; slaveData?: Uint8Array }
    | { slaveKind?: never; slaveData?: never }
  ) & {
    xstats?: Uint8Array;
  };

/** IFLA_INFO_* of linux/if_link.h. */
export function linkInfo<K extends Registry, P extends Registry>(kinds: K, portKinds: P): Codec<LinkInfoOf<K, P>> {
  const set = attributes('linkInfo', {
    kind: attribute(1, cString()),
    data: selected(2, 'kind', kinds),
    xstats: attribute(3, bytes()),
    slaveKind: attribute(4, cString()),
    slaveData: selected(5, 'slaveKind', portKinds),
  });
  return set as AnyCodec;
}
