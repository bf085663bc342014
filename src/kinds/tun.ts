import { attribute, attributes, bool, named, u32, u8 } from '../wire/index.ts';
import { choice, defineKind, integer, onOff } from './define/index.ts';

/** An interface for IP packets (tun) or Ethernet frames (tap) that a program sends and receives. */
export const tun = defineKind({
  name: 'tun',
  doctor: { title: 'tun and tap', needed: 'user-space VPNs in nodes' },
  explanation: 'A program that opens /dev/net/tun sends and receives the packets of a tun or tap interface.',
  madeBy: 'tun device',
  hasMac: false,
  /** IFLA_TUN_* of linux/if_link.h: read-only, since tun and tap links are created through /dev/net/tun. */
  data: attributes('tun', {
    /** User and group ids. */
    owner: attribute(1, u32),
    group: attribute(2, u32),
    type: attribute(3, named(u8, { tun: 1, tap: 2 })),
    pi: attribute(4, bool),
    vnetHdr: attribute(5, bool),
    persist: attribute(6, bool),
    multiQueue: attribute(7, bool),
    numQueues: attribute(8, u32),
    numDisabledQueues: attribute(9, u32),
  }),
  options: {
    type: choice('mode', ['tun', 'tap'], { fixed: true, initial: 'tun', shown: 'type' }),
    /** The user who can attach to it; when absent, any process with CAP_NET_ADMIN. */
    owner: integer('user', 0, 0x7fff_ffff, { fixed: true }),
    /** The group that can attach to it. */
    group: integer('group', 0, 0x7fff_ffff, { fixed: true }),
    /** Packets begin with struct tun_pi. */
    pi: onOff('pi', 'word', { fixed: true, initial: false }),
    /** Packets begin with struct virtio_net_hdr. */
    vnetHdr: onOff('vnet_hdr', 'word', { fixed: true, initial: false }),
    /** Several programs or threads can attach to it at the same time (IFF_MULTI_QUEUE). */
    multiQueue: onOff('multi_queue', 'word', { fixed: true, initial: false }),
  },
});
