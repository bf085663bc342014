import { attribute, attributes, be32 } from '../../wire/index.ts';
import { data } from '../data.ts';

/** enum nft_range_ops. */
export const RangeOp = { eq: 0, neq: 1 } as const;

/** NFTA_RANGE_*. */
export const range = attributes('range', {
  sreg: attribute(1, be32),
  op: attribute(2, be32),
  fromData: attribute(3, data),
  toData: attribute(4, data),
});
