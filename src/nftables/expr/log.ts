import { attribute, attributes, be16, be32, cString } from '../../wire/index.ts';

/** NFTA_LOG_*. */
export const log = attributes('log', {
  group: attribute(1, be16),
  prefix: attribute(2, cString()),
  snapLen: attribute(3, be32),
  qThreshold: attribute(4, be16),
  level: attribute(5, be32),
  flags: attribute(6, be32),
});
