import { NETLINK_NETFILTER, NetlinkListener } from '../netlink/index.ts';
import { NFNLGRP_NFTRACE, readTrace, type TracedPacket } from '../nftables/index.ts';
import { EGRESS_TABLE, REFUSE_CHAIN } from '../topology/index.ts';

/** How many trace ids are remembered: the kernel reports each packet several times. */
const IDS_MAX = 64;

/**
 * Reports packets that the rules of a sandbox refuse. The thread must be in the lab's own network namespace when this
 * is called.
 * @throws SyscallError
 */
export function listenForRefusals(onRefused: (packet: TracedPacket) => void): NetlinkListener {
  const reportedIds: number[] = [];
  return new NetlinkListener({
    protocol: NETLINK_NETFILTER,
    groups: [NFNLGRP_NFTRACE],
    onEvent: (event) => {
      const trace = readTrace(event);
      if (trace?.packet === undefined || trace.table !== EGRESS_TABLE || trace.chain !== REFUSE_CHAIN) return;
      if (reportedIds.includes(trace.id)) return;
      reportedIds.push(trace.id);
      if (reportedIds.length > IDS_MAX) reportedIds.shift();
      onRefused(trace.packet);
    },
    // A lost report does not matter: the packet is refused anyway.
    onLost: () => {},
  });
}

const NAMES: Readonly<Record<number, string>> = {
  1: 'icmp',
  2: 'igmp',
  4: 'ipip',
  6: 'tcp',
  17: 'udp',
  33: 'dccp',
  41: 'ipv6',
  47: 'gre',
  58: 'icmpv6',
  132: 'sctp',
  136: 'udplite',
};

export const protocolName = (protocol: number): string => NAMES[protocol] ?? String(protocol);
