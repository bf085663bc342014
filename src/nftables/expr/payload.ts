import { attribute, attributes, be32 } from '../../wire/index.ts';

/** enum nft_payload_bases. */
export const PayloadBase = { link: 0, network: 1, transport: 2, inner: 3 } as const;

/** NFTA_PAYLOAD_*: loads bytes of the packet into a register; with `sreg`, writes a register to the packet. */
export const payload = attributes('payload', {
  dreg: attribute(1, be32),
  base: attribute(2, be32),
  offset: attribute(3, be32),
  len: attribute(4, be32),
  sreg: attribute(5, be32),
  csumType: attribute(6, be32),
  csumOffset: attribute(7, be32),
  csumFlags: attribute(8, be32),
});
