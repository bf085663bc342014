/** The sysctl for IPv4 forwarding in a namespace: `1` or `0`. */
export const IP_FORWARD = 'net.ipv4.ip_forward';

/** The same setting under `conf/all`. */
export const IPV4_FORWARDING_OF_ALL = 'net.ipv4.conf.all.forwarding';

/** The sysctl for IPv6 forwarding in a namespace: `1` or `0`. */
export const IPV6_FORWARDING = 'net.ipv6.conf.all.forwarding';
