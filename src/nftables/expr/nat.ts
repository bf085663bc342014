import { attribute, attributes, be32 } from '../../wire/index.ts';

/** enum nft_nat_types. */
export const NatType = { snat: 0, dnat: 1 } as const;

/** NFTA_NAT_*. */
export const nat = attributes('nat', {
  type: attribute(1, be32),
  family: attribute(2, be32),
  regAddrMin: attribute(3, be32),
  regAddrMax: attribute(4, be32),
  regProtoMin: attribute(5, be32),
  regProtoMax: attribute(6, be32),
  flags: attribute(7, be32),
});
