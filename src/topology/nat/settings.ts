import type { NatPolicy } from './policy.ts';

/** How long the kernel tracks connections, so that it does not forget one before its mapping, nor keep it longer. */
export const natSysctls = ({ udpTimeout, tcpTimeout }: NatPolicy): Record<string, string> => ({
  'net.netfilter.nf_conntrack_udp_timeout': String(udpTimeout),
  'net.netfilter.nf_conntrack_udp_timeout_stream': String(udpTimeout),
  'net.netfilter.nf_conntrack_tcp_timeout_established': String(tcpTimeout),
});
