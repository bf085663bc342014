import { attribute, attributes, be32, cString } from '../../wire/index.ts';

export const NFT_LOOKUP_F_INV = 1;

/** NFTA_LOOKUP_*. */
export const lookup = attributes('lookup', {
  set: attribute(1, cString()),
  sreg: attribute(2, be32),
  dreg: attribute(3, be32),
  setId: attribute(4, be32),
  flags: attribute(5, be32),
});
