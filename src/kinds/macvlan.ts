import { attribute, attributes, list, mac, named, s32, u16, u32 } from '../wire/index.ts';
import { choice, defineKind, integer } from './define/index.ts';

const IFLA_MACVLAN_MACADDR = 4;

/** An interface with its own MAC address on the network of its lower link. */
export const macvlan = defineKind({
  name: 'macvlan',
  doctor: { title: 'macvlan', needed: 'nodes with an address in the physical network' },
  explanation: 'A macvlan interface has its own MAC address on the network of its lower link.',
  lower: { needed: true, in: 'IFLA_LINK' },
  /** IFLA_MACVLAN_* of linux/if_link.h. */
  data: attributes('macvlan', {
    mode: attribute(1, named(u32, { private: 1, vepa: 2, bridge: 4, passthru: 8, source: 16 })),
    /** MACVLAN_FLAG_*: 1 NOPROMISC (passthru mode), 2 NODST (source mode). */
    flags: attribute(2, u16),
    /** For a request in source mode: 0 add, 1 delete, 2 flush, 3 set. */
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
      // The kernel rejects a change to or from passthru (EINVAL).
      isFixed: (from, to) => from === 'passthru' || to === 'passthru',
    }),
    /** The maximum length of a lower link's queue of broadcast frames, which are copied to its interfaces. */
    bcQueueLen: integer('bcqueuelen', 0, 100_000),
  },
  trial: { mode: 'bridge' },
});
