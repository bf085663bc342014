import { attribute, attributes, bool, named, u32, u8 } from '../../wire/index.ts';

/** IFLA_TUN_* of linux/if_link.h: read-only, since tun and tap links are made through /dev/net/tun. */
export const tun = attributes('tun', {
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
});
