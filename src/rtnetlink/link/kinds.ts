import { KINDS, type KindName, type MasterKind } from '../../kinds/index.ts';
import type { AnyCodec } from '../../wire/index.ts';

type Kinds = typeof KINDS;
/** A loopback has no kind in messages, and what a pair's request holds is itself a link: that joins in link.ts. */
type DataKind = Exclude<KindName, 'loopback' | 'veth'>;

const codecs = <K extends KindName>(of: (kind: Kinds[KindName]) => AnyCodec | undefined): Record<K, AnyCodec> =>
  Object.fromEntries(
    Object.values(KINDS).flatMap((kind) => {
      const codec = of(kind);
      return codec === undefined ? [] : [[kind.name, codec]];
    }),
  ) as Record<K, AnyCodec>;

/** What IFLA_INFO_DATA holds, by kind. */
export const kinds = codecs<DataKind>((kind) => kind.data) as { readonly [K in DataKind]: Kinds[K]['data'] };

/** What IFLA_INFO_SLAVE_DATA holds, by the kind of the master. */
export const portKinds = codecs<MasterKind>((kind) => kind.port?.data) as {
  readonly [K in MasterKind]: NonNullable<Kinds[K]['port']>['data'];
};
