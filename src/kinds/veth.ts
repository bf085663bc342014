import { attribute, attributes, type Codec } from '../wire/index.ts';
import { defineKind } from './define/index.ts';

/**
 * VETH_INFO_* of linux/veth.h. Only requests have it; `peer` is a whole link message, that of the other end. It cannot
 * be IFF_UP at once (ENOTCONN), since the kernel makes it before the end it belongs to; that one can.
 */
export const vethData = <Peer>(peer: Codec<Peer>) => attributes('veth', { peer: attribute(1, peer) });

/** A cable: what goes in at one end comes out at the other. */
export const veth = defineKind({
  name: 'veth',
  doctor: { title: 'veth pairs', needed: 'every cable', essential: true },
  explanation: 'A veth pair is a cable: what goes in at one end comes out at the other.',
  data: attributes('veth', {}),
  pair: vethData,
  options: {},
  mtu: 1500,
});
