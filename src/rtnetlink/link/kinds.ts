import { KINDS, type KindName, type MasterKind } from '../../kinds/index.ts';
import type { AnyCodec } from '../../wire/index.ts';

type Kinds = typeof KINDS;
/** A loopback has no kind in messages. The data of a veth contains a link message: link.ts adds it. */
type DataKind = Exclude<KindName, 'loopback' | 'veth'>;

const codecs = <K extends KindName>(codecOf: (kind: Kinds[KindName]) => AnyCodec | undefined): Record<K, AnyCodec> =>
  Object.fromEntries(
    Object.values(KINDS).flatMap((kind) => {
      const codec = codecOf(kind);
      return codec === undefined ? [] : [[kind.name, codec]];
    }),
  ) as Record<K, AnyCodec>;

/** The codec of IFLA_INFO_DATA, by kind. */
export const kinds = codecs<DataKind>((kind) => kind.data) as { readonly [K in DataKind]: Kinds[K]['data'] };

/** The codec of IFLA_INFO_SLAVE_DATA, by the kind of the master. */
export const portKinds = codecs<MasterKind>((kind) => kind.port?.data) as {
  readonly [K in MasterKind]: NonNullable<Kinds[K]['port']>['data'];
};
