import { contains, familyOf, parseCidr, type Cidr, type Family, type Ip } from '../addr/index.ts';

export const FAMILIES = [4, 6] as const;

/** What the families are called, for messages. */
export const FAMILY_NAME: Readonly<Record<Family, string>> = { 4: 'IPv4', 6: 'IPv6' };

/** The destination of a default route. */
export const DEFAULT_ROUTE: Readonly<Record<Family, Cidr>> = { 4: '0.0.0.0/0' as Cidr, 6: '::/0' as Cidr };

/** The addresses that are each link's own: RFC 3927, RFC 4291. */
export const LINK_LOCAL: Readonly<Record<Family, Cidr>> = {
  4: parseCidr('169.254.0.0/16'),
  6: parseCidr('fe80::/10'),
};

/** Whether an address is one of IPv6 that says nothing without an interface. */
export const isLinkLocal = (ip: Ip): boolean => familyOf(ip) === 6 && contains(LINK_LOCAL[6], ip);

/** The addresses that a machine has for itself, as they are matched in nftables. */
export const LOOPBACK_ADDRESSES: Readonly<Record<Family, string>> = { 4: '127.0.0.0/8', 6: '::1' };

/** What is said of a value where the kernel has no IPv6. */
export const needsIpv6 = (what: string): string => `${what} needs IPv6, which this kernel has off`;
