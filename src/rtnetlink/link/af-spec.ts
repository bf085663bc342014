import { AF_INET, AF_INET6 } from '../../ffi/index.ts';
import { attribute, attributes, bytes, ip, LITTLE_ENDIAN, named, struct, u32, u8 } from '../../wire/index.ts';
import { inetConf } from './inet-conf.ts';

/** IFLA_INET_* of linux/if_link.h. */
const inet = attributes('inet', {
  conf: attribute(1, inetConf),
});

/** IFLA_INET6_* of linux/if_link.h. */
const inet6 = attributes('inet6', {
  flags: attribute(1, u32),
  /** DEVCONF_* of linux/ipv6.h, 32 bits each, which are also net.ipv6.conf.IF.*: see {@link decodeInet6Conf}. */
  conf: attribute(2, bytes()),
  stats: attribute(3, bytes()),
  /** Times in milliseconds. */
  cacheInfo: attribute(5, struct('cacheInfo', { maxReasmLen: u32, tstamp: u32, reachableTime: u32, retransTime: u32 })),
  icmp6Stats: attribute(6, bytes()),
  token: attribute(7, ip),
  /** How the link-local address is made. */
  addrGenMode: attribute(8, named(u8, { eui64: 0, none: 1, 'stable-privacy': 2, random: 3 })),
  /** Bytes: what a router advertised. */
  raMtu: attribute(9, u32),
});

/**
 * IFLA_AF_SPEC: what each address family keeps of a link. Only for links that exist: the kernel refuses to make one with
 * it (EAFNOSUPPORT).
 */
export const afSpec = attributes('afSpec', {
  inet: attribute(AF_INET, inet),
  inet6: attribute(AF_INET6, inet6),
});

/** DEVCONF_* of linux/ipv6.h. */
const INET6_SETTINGS = { acceptRa: 3, acceptRedirects: 4, autoconf: 5, disableIpv6: 26 } as const;

/** Of the settings that a dump's `afSpec.inet6.conf` holds those that have a use here; 0 where there is none. */
export function decodeInet6Conf(conf: Uint8Array): { readonly [K in keyof typeof INET6_SETTINGS]: number } {
  const view = new DataView(conf.buffer, conf.byteOffset, conf.byteLength);
  const at = (n: number): number => (4 * n + 4 <= conf.length ? view.getInt32(4 * n, LITTLE_ENDIAN) : 0);
  const { acceptRa, acceptRedirects, autoconf, disableIpv6 } = INET6_SETTINGS;
  return {
    acceptRa: at(acceptRa),
    acceptRedirects: at(acceptRedirects),
    autoconf: at(autoconf),
    disableIpv6: at(disableIpv6),
  };
}
