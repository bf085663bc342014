import { attribute, attributes, be32, be64 } from '../../wire/index.ts';

/** NFTA_QUOTA_*. */
export const quota = attributes('quota', {
  bytes: attribute(1, be64),
  flags: attribute(2, be32),
  consumed: attribute(4, be64),
});
