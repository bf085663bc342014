import { contains, familyOf, parseCidr, type Cidr, type Family, type Ip } from '../addr/index.ts';

export const FAMILIES = [4, 6] as const;

/** The names of the families, for messages. */
export const FAMILY_NAME: Readonly<Record<Family, string>> = { 4: 'IPv4', 6: 'IPv6' };

/** The destination of a default route. */
export const DEFAULT_ROUTE: Readonly<Record<Family, Cidr>> = { 4: '0.0.0.0/0' as Cidr, 6: '::/0' as Cidr };

/** The link-local addresses: RFC 3927, RFC 4291. */
export const LINK_LOCAL: Readonly<Record<Family, Cidr>> = {
  4: parseCidr('169.254.0.0/16'),
  6: parseCidr('fe80::/10'),
};

/** Whether an address is an IPv6 link-local one, which is only valid together with an interface. */
export const isLinkLocal = (ip: Ip): boolean => familyOf(ip) === 6 && contains(LINK_LOCAL[6], ip);

/** The loopback addresses of a host, as nftables matches them. */
export const LOOPBACK_ADDRESSES: Readonly<Record<Family, string>> = { 4: '127.0.0.0/8', 6: '::1' };

/** The error message for a value that needs IPv6, in a kernel without IPv6. */
export const needsIpv6Message = (value: string): string => `${value} needs IPv6, which is disabled in this kernel`;
