import { attribute, attributes, be32 } from '../../wire/index.ts';
import { data } from '../data.ts';

/** NFTA_BITWISE_*. */
export const bitwise = attributes('bitwise', {
  sreg: attribute(1, be32),
  dreg: attribute(2, be32),
  len: attribute(3, be32),
  mask: attribute(4, data),
  xor: attribute(5, data),
  op: attribute(6, be32),
  data: attribute(7, data),
  sreg2: attribute(8, be32),
});
