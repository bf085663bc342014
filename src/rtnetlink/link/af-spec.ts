import { AF_INET, AF_INET6 } from '../../ffi/index.ts';
import { attribute, attributes, bytes, ip, named, struct, u32, u8 } from '../../wire/index.ts';
import { inetConf } from './inet-conf.ts';

/** IFLA_INET_* of linux/if_link.h. */
const inet = attributes('inet', {
  conf: attribute(1, inetConf),
});

/** IFLA_INET6_* of linux/if_link.h. */
const inet6 = attributes('inet6', {
  flags: attribute(1, u32),
  /** DEVCONF_* of linux/ipv6.h, 32 bits each: the settings net.ipv6.conf.IF.*. See {@link decodeInet6Conf}. */
  conf: attribute(2, bytes()),
  stats: attribute(3, bytes()),
  /** Times in milliseconds. */
  cacheInfo: attribute(5, struct('cacheInfo', { maxReasmLen: u32, tstamp: u32, reachableTime: u32, retransTime: u32 })),
  icmp6Stats: attribute(6, bytes()),
  token: attribute(7, ip),
  /** How the link-local address is generated (net.ipv6.conf.IF.addr_gen_mode). */
  addrGenMode: attribute(8, named(u8, { eui64: 0, none: 1, 'stable-privacy': 2, random: 3 })),
  /** The MTU of a router advertisement, in bytes. */
  raMtu: attribute(9, u32),
});

/**
 * IFLA_AF_SPEC: the settings of a link for each address family. Only for existing links: the kernel refuses to create a
 * link with it (EAFNOSUPPORT).
 */
export const afSpec = attributes('afSpec', {
  inet: attribute(AF_INET, inet),
  inet6: attribute(AF_INET6, inet6),
});
