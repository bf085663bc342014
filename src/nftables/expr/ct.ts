import { attribute, attributes, be32, u8 } from '../../wire/index.ts';

/** enum nft_ct_keys: the keys that rules here can use. */
export const CtKey = {
  state: 0,
  direction: 1,
  status: 2,
  mark: 3,
  expiration: 5,
  protoSrc: 11,
  protoDst: 12,
  srcIp: 19,
  dstIp: 20,
} as const;

/** enum ip_conntrack_dir. */
export const CtDirection = { original: 0, reply: 1 } as const;

/** NFTA_CT_*. */
export const ct = attributes('ct', {
  dreg: attribute(1, be32),
  key: attribute(2, be32),
  direction: attribute(3, u8),
  sreg: attribute(4, be32),
});
