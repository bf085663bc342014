import { attribute, attributes, be32 } from '../../wire/index.ts';

/** NFTA_MASQ_*. */
export const masq = attributes('masq', {
  flags: attribute(1, be32),
  regProtoMin: attribute(2, be32),
  regProtoMax: attribute(3, be32),
});
