import { attribute, attributes, type Codec } from '../../wire/index.ts';

/**
 * VETH_INFO_* of linux/veth.h. Only requests have it; `peer` is a whole link message, that of the other end. It cannot
 * be IFF_UP at once (ENOTCONN), since the kernel makes it before the end it belongs to; that one can.
 */
export const veth = <Peer>(peer: Codec<Peer>) => attributes('veth', { peer: attribute(1, peer) });
