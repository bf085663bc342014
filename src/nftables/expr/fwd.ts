import { attribute, attributes, be32 } from '../../wire/index.ts';

/** NFTA_FWD_*. */
export const fwd = attributes('fwd', {
  sregDev: attribute(1, be32),
  sregAddr: attribute(2, be32),
  nfproto: attribute(3, be32),
});
