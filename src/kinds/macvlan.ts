import { attribute, attributes, list, mac, named, s32, u16, u32 } from '../wire/index.ts';
import { choice, defineKind, integer } from './define/index.ts';

const IFLA_MACVLAN_MACADDR = 4;

/** An interface with a MAC address of its own on the network of the link below. */
export const macvlan = defineKind({
  name: 'macvlan',
  doctor: { title: 'macvlan', needed: 'nodes with an address in the physical network' },
  explanation: 'A macvlan interface has a MAC address of its own on the network of the link below.',
  lower: { needed: true, in: 'IFLA_LINK' },
  /** IFLA_MACVLAN_* of linux/if_link.h. */
  data: attributes('macvlan', {
    mode: attribute(1, named(u32, { private: 1, vepa: 2, bridge: 4, passthru: 8, source: 16 })),
    /** 1 leaves the lower interface out of promiscuous mode (passthru); 2 spares the destination a second look (source). */
    flags: attribute(2, u16),
    /** Of a request in mode source: 0 add, 1 delete, 2 flush, 3 set. */
    macAddrMode: attribute(3, u32),
    macAddr: attribute(IFLA_MACVLAN_MACADDR, mac),
    macAddrData: attribute(5, list('macAddrData', IFLA_MACVLAN_MACADDR, mac)),
    macAddrCount: attribute(6, u32),
    bcQueueLen: attribute(7, u32),
    bcQueueLenUsed: attribute(8, u32),
    bcCutoff: attribute(9, s32),
  }),
  options: {
    mode: choice('mode', ['private', 'vepa', 'bridge', 'passthru', 'source'], {
      initial: 'vepa',
      // The kernel knows no way into passthru, or out of it (EINVAL).
      isFixed: (from, to) => from === 'passthru' || to === 'passthru',
    }),
    /** How many broadcast frames may wait to be copied to the interfaces of one lower link. */
    bcQueueLen: integer('bcqueuelen', 0, 100_000),
  },
  trial: { mode: 'bridge' },
});
