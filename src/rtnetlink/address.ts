import { attribute, attributes, cString, ip, message, s32, struct, u32, u8, type Infer } from '../wire/index.ts';

/** struct ifaddrmsg of linux/if_addr.h. */
const ifaddrmsg = struct('ifaddrmsg', {
  /** AF_INET or AF_INET6. */
  family: u8,
  prefixLength: u8,
  /** The lowest 8 bits of `flags`, which replaces this member. */
  flags8: u8,
  /** RT_SCOPE_*. */
  scope: u8,
  /** The interface index. */
  index: u32,
});

/** IFA_* of linux/if_addr.h. */
const addressAttributes = attributes('address', {
  /** The peer's address on a point-to-point link. Otherwise the same as `local`; IPv6 sends only this one. */
  address: attribute(1, ip),
  /** The interface's own address. */
  local: attribute(2, ip),
  label: attribute(3, cString(16)),
  broadcast: attribute(4, ip),
  anycast: attribute(5, ip),
  /** Lifetimes in seconds (2^32 - 1 is forever), timestamps in hundredths of a second. */
  cacheInfo: attribute(6, struct('cacheInfo', { preferred: u32, valid: u32, created: u32, updated: u32 })),
  multicast: attribute(7, ip),
  /** IFA_F_*. */
  flags: attribute(8, u32),
  /** The metric of the route to the prefix. */
  rtPriority: attribute(9, u32),
  targetNetnsId: attribute(10, s32),
  /** IFAPROT_*: who added it. */
  proto: attribute(11, u8),
});

/** RTM_NEWADDR, RTM_DELADDR, RTM_GETADDR. */
export const addressMessage = message('address', ifaddrmsg, addressAttributes);
/** An address of an interface: struct ifaddrmsg and its attributes. */
export type AddressMessage = Infer<typeof addressMessage>;
