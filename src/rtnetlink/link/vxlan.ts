import { attribute, attributes, be16, be32, bool, bytes, flag, ip, struct, u32, u8 } from '../../wire/index.ts';

/** IFLA_VXLAN_* of linux/if_link.h. */
export const vxlan = attributes('vxlan', {
  /** The network identifier, 0 to 2^24 - 1. */
  id: attribute(1, u32),
  /** The multicast group or the one remote endpoint, in IPv4. */
  group: attribute(2, ip),
  /** The index of the interface that carries it. */
  link: attribute(3, u32),
  local: attribute(4, ip),
  ttl: attribute(5, u8),
  /** 1 takes the inner packet's. */
  tos: attribute(6, u8),
  learning: attribute(7, bool),
  /** Seconds. */
  ageing: attribute(8, u32),
  /** The most forwarding entries; 0 for no limit. */
  limit: attribute(9, u32),
  /** Source ports of the outer packets. */
  portRange: attribute(10, struct('portRange', { low: be16, high: be16 })),
  proxy: attribute(11, bool),
  rsc: attribute(12, bool),
  l2miss: attribute(13, bool),
  l3miss: attribute(14, bool),
  /** The UDP destination port: 4789 by IANA, 8472 when absent. */
  port: attribute(15, be16),
  group6: attribute(16, ip),
  local6: attribute(17, ip),
  udpCsum: attribute(18, bool),
  udpZeroCsum6Tx: attribute(19, bool),
  udpZeroCsum6Rx: attribute(20, bool),
  remCsumTx: attribute(21, bool),
  remCsumRx: attribute(22, bool),
  gbp: attribute(23, flag),
  remCsumNoPartial: attribute(24, flag),
  collectMetadata: attribute(25, bool),
  label: attribute(26, be32),
  gpe: attribute(27, flag),
  /** No bytes in a request, which switch it on; one that is 0 or 1 in a dump. */
  ttlInherit: attribute(28, bytes(0, 1)),
  /** 0 unset, 1 set, 2 the inner packet's. */
  df: attribute(29, u8),
  vniFilter: attribute(30, bool),
  localBypass: attribute(31, bool),
  labelPolicy: attribute(32, u32),
  /** Bits of the VXLAN header that must be zero. */
  reservedBits: attribute(33, bytes(8, 8)),
});
