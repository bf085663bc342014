import {
  attribute,
  attributes,
  be16,
  be32,
  be64,
  bytes,
  cString,
  ip,
  message,
  named,
  struct,
  u8,
  type Infer,
} from '../wire/index.ts';

/** NFNL_SUBSYS_CTNETLINK, in the upper byte of a message's type. */
const CTNETLINK = 1 << 8;
export const IPCTNL_MSG_CT_GET = CTNETLINK | 1;
export const IPCTNL_MSG_CT_DELETE = CTNETLINK | 2;
export const IPCTNL_MSG_CT_GET_STATS_CPU = CTNETLINK | 4;

/** IPPROTO_* of the protocols whose tuples have ports or identifiers. */
export const PROTOCOLS = {
  icmp: 1,
  tcp: 6,
  udp: 17,
  dccp: 33,
  gre: 47,
  'ipv6-icmp': 58,
  sctp: 132,
  udplite: 136,
} as const;

const nested = { nested: true };

/** CTA_TUPLE_*: the addresses of a flow's packets in one direction. */
const tuple = attributes('tuple', {
  /** CTA_IP_*. */
  ip: attribute(
    1,
    attributes('tuple.ip', {
      source4: attribute(1, ip),
      destination4: attribute(2, ip),
      source6: attribute(3, ip),
      destination6: attribute(4, ip),
    }),
    nested,
  ),
  /** CTA_PROTO_*. */
  protocol: attribute(
    2,
    attributes('tuple.protocol', {
      number: attribute(1, named(u8, PROTOCOLS)),
      sourcePort: attribute(2, be16),
      destinationPort: attribute(3, be16),
      icmpId: attribute(4, be16),
      icmpType: attribute(5, u8),
      icmpCode: attribute(6, u8),
      icmpv6Id: attribute(7, be16),
      icmpv6Type: attribute(8, u8),
      icmpv6Code: attribute(9, u8),
    }),
    nested,
  ),
  zone: attribute(3, be16),
});
export type TupleMessage = Infer<typeof tuple>;

/** CTA_COUNTERS_*, present where net.netfilter.nf_conntrack_acct is 1. */
const counters = attributes('counters', { packets: attribute(1, be64), bytes: attribute(2, be64) });

const tcpFlags = struct('tcpFlags', { flags: u8, mask: u8 });

/** CTA_PROTOINFO_*. */
const protocolInfo = attributes('protocolInfo', {
  tcp: attribute(
    1,
    attributes('protocolInfo.tcp', {
      /** enum tcp_conntrack. */
      state: attribute(1, u8),
      windowScaleOriginal: attribute(2, u8),
      windowScaleReply: attribute(3, u8),
      flagsOriginal: attribute(4, tcpFlags),
      flagsReply: attribute(5, tcpFlags),
    }),
    nested,
  ),
  sctp: attribute(
    3,
    attributes('protocolInfo.sctp', {
      /** enum sctp_conntrack. */
      state: attribute(1, u8),
      tagOriginal: attribute(2, be32),
      tagReply: attribute(3, be32),
    }),
    nested,
  ),
});

const sequence = attributes('sequenceAdjustment', {
  position: attribute(1, be32),
  before: attribute(2, be32),
  after: attribute(3, be32),
});

/** A tracked connection: struct nfgenmsg and CTA_* of linux/netfilter/nfnetlink_conntrack.h. */
export const flowMessage = message(
  'flow',
  struct('nfgenmsg', { family: u8, version: u8, resourceId: be16 }),
  attributes('flow', {
    original: attribute(1, tuple, nested),
    reply: attribute(2, tuple, nested),
    /** IPS_* of linux/netfilter/nf_conntrack_common.h. */
    status: attribute(3, be32),
    protocolInfo: attribute(4, protocolInfo, nested),
    helper: attribute(
      5,
      attributes('helper', { name: attribute(1, cString(16)), info: attribute(2, bytes()) }),
      nested,
    ),
    /** Seconds. */
    timeout: attribute(7, be32),
    mark: attribute(8, be32),
    countersOriginal: attribute(9, counters, nested),
    countersReply: attribute(10, counters, nested),
    use: attribute(11, be32),
    id: attribute(12, be32),
    master: attribute(14, tuple, nested),
    sequenceOriginal: attribute(15, sequence, nested),
    sequenceReply: attribute(16, sequence, nested),
    zone: attribute(18, be16),
    /** Nanoseconds since 1970. */
    timestamp: attribute(20, attributes('timestamp', { start: attribute(1, be64), stop: attribute(2, be64) }), nested),
    markMask: attribute(21, be32),
    labels: attribute(22, bytes(0, 16)),
  }),
);
export type FlowMessage = Partial<Infer<typeof flowMessage>>;

/** The counters of one CPU in a namespace: CTA_STATS_* of the same header. `resourceId` is the CPU's number. */
export const statsMessage = message(
  'stats',
  struct('nfgenmsg', { family: u8, version: u8, resourceId: be16 }),
  attributes('stats', {
    found: attribute(2, be32),
    invalid: attribute(4, be32),
    insert: attribute(8, be32),
    insertFailed: attribute(9, be32),
    drop: attribute(10, be32),
    earlyDrop: attribute(11, be32),
    error: attribute(12, be32),
    searchRestart: attribute(13, be32),
    clashResolve: attribute(14, be32),
    chainTooLong: attribute(15, be32),
  }),
);
