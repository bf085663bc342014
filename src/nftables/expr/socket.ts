import { attribute, attributes, be32 } from '../../wire/index.ts';

/** enum nft_socket_keys: the keys that rules here can use. */
export const SocketKey = { transparent: 0 } as const;

/** NFTA_SOCKET_*. */
export const socket = attributes('socket', {
  key: attribute(1, be32),
  dreg: attribute(2, be32),
  level: attribute(3, be32),
});
