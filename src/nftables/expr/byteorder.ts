import { attribute, attributes, be32 } from '../../wire/index.ts';

/** enum nft_byteorder_ops. */
export const ByteorderOp = { ntoh: 0, hton: 1 } as const;

/** NFTA_BYTEORDER_*. */
export const byteorder = attributes('byteorder', {
  sreg: attribute(1, be32),
  dreg: attribute(2, be32),
  op: attribute(3, be32),
  len: attribute(4, be32),
  size: attribute(5, be32),
});
