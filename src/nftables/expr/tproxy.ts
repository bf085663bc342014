import { attribute, attributes, be32 } from '../../wire/index.ts';

/** NFTA_TPROXY_*. */
export const tproxy = attributes('tproxy', {
  family: attribute(1, be32),
  regAddr: attribute(2, be32),
  regPort: attribute(3, be32),
});
