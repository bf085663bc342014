/** The sysctl that makes a namespace forward packets of IPv4: `1` or `0`. */
export const IP_FORWARD = 'net.ipv4.ip_forward';
