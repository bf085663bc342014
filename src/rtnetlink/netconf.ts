import { attribute, attributes, message, s32, struct, u8, type Infer } from '../wire/index.ts';

/** struct netconfmsg of linux/netconf.h. */
const netconfmsg = struct('netconfmsg', { family: u8 });

/** NETCONFA_* of linux/netconf.h. */
const netconfAttributes = attributes('netconf', {
  /** The index of an interface, NETCONFA_IFINDEX_ALL or NETCONFA_IFINDEX_DEFAULT. */
  index: attribute(1, s32),
  forwarding: attribute(2, s32),
  rpFilter: attribute(3, s32),
  mcForwarding: attribute(4, s32),
  proxyNeighbour: attribute(5, s32),
  ignoreRoutesWithLinkdown: attribute(6, s32),
  input: attribute(7, s32),
  bcForwarding: attribute(8, s32),
});

/** RTM_NEWNETCONF, RTM_GETNETCONF. */
export const netconfMessage = message('netconf', netconfmsg, netconfAttributes);
/** The settings of an interface: struct netconfmsg and its attributes. */
export type NetconfMessage = Infer<typeof netconfMessage>;

/** Stands for net.ipv4.conf.all and net.ipv6.conf.all. */
export const NETCONFA_IFINDEX_ALL = -1;
