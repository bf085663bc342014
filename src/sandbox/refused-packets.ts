import { NETLINK_NETFILTER, NetlinkListener } from '../netlink/index.ts';
import { NFNLGRP_NFTRACE, readTrace, type TracedPacket } from '../nftables/index.ts';
import { EGRESS_TABLE, REFUSE } from '../topology/index.ts';

/** How many packets are remembered as told of: the kernel tells of each several times. */
const REMEMBERED = 64;

/**
 * Hears of packets that the rules of a sandbox refuse. The thread must be in the lab's own namespace when it is opened.
 * @throws SyscallError
 */
export function listenForRefusals(onRefused: (packet: TracedPacket) => void): NetlinkListener {
  const told: number[] = [];
  return new NetlinkListener({
    protocol: NETLINK_NETFILTER,
    groups: [NFNLGRP_NFTRACE],
    onEvent: (event) => {
      const trace = readTrace(event);
      if (trace?.packet === undefined || trace.table !== EGRESS_TABLE || trace.chain !== REFUSE) return;
      if (told.includes(trace.id)) return;
      told.push(trace.id);
      if (told.length > REMEMBERED) told.shift();
      onRefused(trace.packet);
    },
    // What was missed is refused all the same.
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
