import { TCP_TRANSITORY, type NatPolicy } from './policy.ts';

/** States of a TCP connection that is not established, as in net.netfilter.nf_conntrack_tcp_timeout_*. */
const TRANSITORY = ['syn_sent', 'syn_recv', 'fin_wait', 'close_wait', 'last_ack', 'time_wait'] as const;
/** RFC 5508, REQ-2, in seconds; the kernel's default is 30. */
const ICMP_QUERY = '60';

/** The conntrack timeouts for a policy, so that a conntrack entry and its mapping expire at the same time. */
export const natSysctls = ({ udpTimeout, tcpTimeout }: NatPolicy): Record<string, string> => ({
  'net.netfilter.nf_conntrack_udp_timeout': String(udpTimeout),
  'net.netfilter.nf_conntrack_udp_timeout_stream': String(udpTimeout),
  'net.netfilter.nf_conntrack_tcp_timeout_established': String(tcpTimeout),
  ...Object.fromEntries(
    TRANSITORY.map((state) => [
      `net.netfilter.nf_conntrack_tcp_timeout_${state}`,
      String(Math.min(TCP_TRANSITORY, tcpTimeout)),
    ]),
  ),
  'net.netfilter.nf_conntrack_icmp_timeout': ICMP_QUERY,
});
