import { attribute, attributes, be32 } from '../../wire/index.ts';

/** NFTA_SOCKET_*. */
export const socket = attributes('socket', {
  key: attribute(1, be32),
  dreg: attribute(2, be32),
  level: attribute(3, be32),
});
