/** The sysctl that makes a namespace forward packets of IPv4: `1` or `0`. */
export const IP_FORWARD = 'net.ipv4.ip_forward';

/** The same, as the setting of all interfaces. */
export const IPV4_FORWARDING_OF_ALL = 'net.ipv4.conf.all.forwarding';

/** Whether a namespace forwards IPv6. */
export const IPV6_FORWARDING = 'net.ipv6.conf.all.forwarding';
