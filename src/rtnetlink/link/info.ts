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
 * The name of a kind that has no schema here: at run time the kernel's own word. For the compiler it is one value that
 * differs from every listed kind, without which `kind` could not tell the alternatives apart. Make one with
 * {@link otherKind}.
 */
export declare enum OtherKind {
  Unlisted = 'a kind without a schema',
}

/** Names a kind that has no schema here. */
export const otherKind = (kind: string): OtherKind => kind as OtherKind;

type Registry = Readonly<Record<string, AnyCodec>>;

/** `kind` decides what `data` is. */
type OfKind<Kinds> = { [K in keyof Kinds]: { kind: K; data?: Infer<Kinds[K]> } }[keyof Kinds];
type OfPortKind<Kinds> = { [K in keyof Kinds]: { slaveKind: K; slaveData?: Infer<Kinds[K]> } }[keyof Kinds];

/**
 * What a link is (kind and data), and what it is to its master (slaveKind and slaveData). Either may be absent: an
 * Ethernet card that is a port of a bridge has no kind.
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
