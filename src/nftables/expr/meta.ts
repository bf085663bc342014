import { attribute, attributes, be32 } from '../../wire/index.ts';

/** enum nft_meta_keys: the keys that rules here can use. */
export const MetaKey = {
  protocol: 1,
  mark: 3,
  iif: 4,
  oif: 5,
  iifname: 6,
  oifname: 7,
  iiftype: 8,
  skuid: 10,
  nftrace: 12,
  nfproto: 15,
  l4proto: 16,
} as const;

/** NFTA_META_*. */
export const meta = attributes('meta', { dreg: attribute(1, be32), key: attribute(2, be32), sreg: attribute(3, be32) });
