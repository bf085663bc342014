import { IP_FORWARD, type NamespaceState, type TableState, IPV6_FORWARDING } from '../../state/index.ts';

/** The sysctls of a namespace that does not forward. Explicit, since a new namespace inherits values of the host. */
export const NO_FORWARDING: Readonly<Record<string, string>> = { [IP_FORWARD]: '0' };

/**
 * The sysctls of a lab's own namespace, which is not a host on its networks: it ignores router advertisements and
 * redirects, and IPv6 is disabled on new links by default. For redirects, the kernel uses the maximum of `all` and the
 * interface's own value.
 */
export const labNamespaceSysctls = (ipv6: boolean): Readonly<Record<string, string>> => ({
  ...NO_FORWARDING,
  'net.ipv4.conf.all.accept_redirects': '0',
  ...(ipv6 && {
    'net.ipv6.conf.default.disable_ipv6': '1',
    'net.ipv6.conf.default.accept_ra': '0',
    'net.ipv6.conf.default.autoconf': '0',
    'net.ipv6.conf.default.accept_redirects': '0',
    'net.ipv6.conf.default.addr_gen_mode': '1',
  }),
});

/** The sysctls that make a namespace a router. */
export function forwardingSysctls(ipv6: boolean): Record<string, string> {
  return { [IP_FORWARD]: '1', ...(ipv6 && { [IPV6_FORWARDING]: '1' }) };
}

/**
 * Disables source validation (RFC 3704), which drops packets on asymmetric routes. The kernel uses the maximum of `all`
 * and the interface's own value, and a new namespace inherits `all` from the host.
 */
export const NO_SOURCE_VALIDATION: Readonly<Record<string, string>> = { 'net.ipv4.conf.all.rp_filter': '0' };

/**
 * Sysctls of a namespace with `reject` rules: disables the kernel's rate limit of ICMP errors (a few, then one per
 * second for each receiver), so that every rejected packet causes an error.
 */
export const rejectSysctls = (tables: NamespaceState['tables'], ipv6: boolean): Readonly<Record<string, string>> =>
  Object.values(tables).some(rejects) ? { [ICMP_LIMITED]: '0', ...(ipv6 && { [ICMPV6_LIMIT]: '0' }) } : {};

/** A bit mask of the ICMP types that the kernel limits. */
const ICMP_LIMITED = 'net.ipv4.icmp_ratemask';
/** The minimum time between two ICMPv6 messages to one receiver, in milliseconds; 0 is no limit. */
const ICMPV6_LIMIT = 'net.ipv6.icmp.ratelimit';

const rejects = ({ chains }: TableState): boolean =>
  Object.values(chains).some(({ rules }) =>
    rules.some(({ statements }) => statements.some((statement) => 'reject' in statement)),
  );
