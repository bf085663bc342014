import { attribute, attributes, type Codec } from '../wire/index.ts';
import { defineKind } from './define/index.ts';

/**
 * VETH_INFO_* of linux/veth.h, only in requests. `peer` is a complete link message for the peer. It cannot be created
 * with IFF_UP (ENOTCONN), since the kernel creates it before the first end. The first end can.
 */
export const vethData = <Peer>(peer: Codec<Peer>) => attributes('veth', { peer: attribute(1, peer) });

/** A virtual cable: packets sent on one end are received on the other. */
export const veth = defineKind({
  name: 'veth',
  doctor: { title: 'veth pairs', needed: 'every cable', essential: true },
  explanation: 'A veth pair is a virtual cable: packets sent on one end are received on the other.',
  data: attributes('veth', {}),
  pair: vethData,
  options: {},
  mtu: 1500,
});
