import {
  attribute,
  attributes,
  be16,
  bytes,
  ip,
  message,
  pad,
  s32,
  struct,
  u16,
  u32,
  u8,
  type Infer,
} from '../wire/index.ts';
import { hardwareAddress } from './link/index.ts';

/** struct ndmsg of linux/neighbour.h. */
const ndmsg = struct('ndmsg', {
  /** AF_INET, AF_INET6, or AF_BRIDGE for an entry of a forwarding database (FDB). */
  family: u8,
  pad: pad(3),
  /** The index of the interface; for an FDB entry, of the bridge port. */
  index: s32,
  /** NUD_*. */
  state: u16,
  /** NTF_*. */
  flags: u8,
  /** RTN_*. */
  type: u8,
});

/** NDA_* of linux/neighbour.h. */
const neighbourAttributes = attributes('neighbour', {
  /** The neighbour's address; in the FDB of a VXLAN, the remote VTEP's. */
  dst: attribute(1, ip),
  llAddr: attribute(2, hardwareAddress),
  /** The time since each event, in hundredths of a second. */
  cacheInfo: attribute(3, struct('cacheInfo', { confirmed: u32, used: u32, updated: u32, refCount: u32 })),
  probes: attribute(4, u32),
  vlan: attribute(5, u16),
  port: attribute(6, be16),
  vni: attribute(7, u32),
  /** The output interface of a VXLAN's FDB entry. */
  ifIndex: attribute(8, u32),
  /** The bridge's index. */
  master: attribute(9, u32),
  linkNetnsId: attribute(10, s32),
  srcVni: attribute(11, u32),
  /** RTPROT_*. */
  protocol: attribute(12, u8),
  nhId: attribute(13, u32),
  fdbExtAttrs: attribute(14, bytes(), { nested: true }),
  /** NTF_EXT_*. */
  flagsExt: attribute(15, u32),
  stateMask: attribute(16, u16),
  flagsMask: attribute(17, u8),
});

/** RTM_NEWNEIGH, RTM_DELNEIGH, RTM_GETNEIGH: entries of ARP, IPv6 neighbour discovery and forwarding databases. */
export const neighbourMessage = message('neighbour', ndmsg, neighbourAttributes);
/** A neighbour or an FDB entry: struct ndmsg and its attributes. */
export type NeighbourMessage = Infer<typeof neighbourMessage>;
