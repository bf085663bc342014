import { IP_FORWARD, type NamespaceState, type TableState, IPV6_FORWARDING } from '../../state/index.ts';

/** What a namespace has that is no router: said, since a new one begins with what the host has. */
export const NO_FORWARDING: Readonly<Record<string, string>> = { [IP_FORWARD]: '0' };

/**
 * What a lab's own namespace has, which is no host on its networks: what others advertise there changes nothing, and new
 * links have IPv6 off until they are told to have it. The higher of `all` and the interface's own counts of redirects.
 */
export const switchSysctls = (ipv6: boolean): Readonly<Record<string, string>> => ({
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
 * Off, since the higher of `all` and the interface's own counts and a new namespace inherits the host's `all`: strict
 * validation drops what arrives by another way than answers would leave.
 */
export const NO_SOURCE_VALIDATION: Readonly<Record<string, string>> = { 'net.ipv4.conf.all.rp_filter': '0' };

/**
 * Settings of a namespace with rules that reject: whoever waits is told each time, and not a few times and then once a
 * second, as the kernel sends ICMP errors to each sender.
 */
export const rejectSysctls = (tables: NamespaceState['tables'], ipv6: boolean): Readonly<Record<string, string>> =>
  Object.values(tables).some(rejects) ? { [ICMP_LIMITED]: '0', ...(ipv6 && { [ICMPV6_LIMIT]: '0' }) } : {};

/** The types of ICMP messages of which there may be too many, as bits. */
const ICMP_LIMITED = 'net.ipv4.icmp_ratemask';
/** Milliseconds between two messages. */
const ICMPV6_LIMIT = 'net.ipv6.icmp.ratelimit';

const rejects = ({ chains }: TableState): boolean =>
  Object.values(chains).some(({ rules }) =>
    rules.some(({ statements }) => statements.some((statement) => 'reject' in statement)),
  );
