import { attribute, attributes, be32, be64 } from '../../wire/index.ts';

export const NFT_LIMIT_F_INV = 1;

/** NFTA_LIMIT_*. */
export const limit = attributes('limit', {
  rate: attribute(1, be64),
  unit: attribute(2, be64),
  burst: attribute(3, be32),
  type: attribute(4, be32),
  flags: attribute(5, be32),
});
