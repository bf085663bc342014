import { AddressError } from './error.ts';
import { familyOf, ipFromBigInt, ipFromBytes, ipToBigInt, ipToBytes, parseIp, type Family, type Ip } from './ip.ts';

declare const cidrBrand: unique symbol;

/**
 * An address with a prefix length in canonical form: `10.0.0.2/24` (an interface's address, with host bits) or
 * `10.0.0.0/24` (a network). Can be compared with `===`.
 */
export type Cidr = string & { readonly [cidrBrand]: true };

/** The number of bits of an address: 32 or 128. */
export const addressBits = (family: Family): 32 | 128 => (family === 4 ? 32 : 128);

/**
 * Parses `ADDRESS/LENGTH`, and keeps host bits.
 * @throws AddressError if the address or the length is invalid, or the length is missing
 */
export function parseCidr(text: string): Cidr {
  const slash = text.indexOf('/');
  const ip = parseIp(slash < 0 ? text : text.slice(0, slash));
  if (slash < 0)
    throw new AddressError(`"${text}" needs a prefix length, such as ${ip}/${familyOf(ip) === 4 ? 24 : 64}`);
  const length = text.slice(slash + 1);
  const max = addressBits(familyOf(ip));
  if (!/^(0|[1-9][0-9]{0,2})$/.test(length) || Number(length) > max) {
    throw new AddressError(`invalid prefix length in "${text}": expected 0 to ${max}`);
  }
  return cidr(ip, Number(length));
}

/**
 * Parses a network, whose host bits must be zero.
 * @throws AddressError as {@link parseCidr}, and if host bits are set
 */
export function parseNetwork(text: string): Cidr {
  const value = parseCidr(text);
  const network = networkOf(value);
  if (network !== value) throw new AddressError(`"${text}" has host bits set; the network is ${network}`);
  return value;
}

/** Joins an address and a prefix length, which is not checked: 0 to 32, or to 128 for IPv6. */
export const cidr = (ip: Ip, length: number): Cidr => `${ip}/${length}` as Cidr;

/** The address before the slash, with host bits. */
export const addressOf = (value: Cidr): Ip => value.slice(0, value.indexOf('/')) as Ip;

/** The prefix length after the slash: 0 to 32, or to 128 for IPv6. */
export const prefixLength = (value: Cidr): number => Number(value.slice(value.indexOf('/') + 1));

/** The network of an address: its host bits are set to zero. */
export function networkOf(value: Cidr): Cidr {
  const bytes = ipToBytes(addressOf(value));
  const length = prefixLength(value);
  maskBytes(bytes, length);
  return cidr(ipFromBytes(bytes, 0, bytes.length === 4 ? 4 : 6), length);
}

function maskBytes(bytes: Uint8Array, length: number): void {
  for (let i = 0; i < bytes.length; i++) {
    const keep = Math.min(8, Math.max(0, length - 8 * i));
    bytes[i]! &= (0xff << (8 - keep)) & 0xff;
  }
}

/** True if `ip` is in the network of `network`, whose host bits are ignored. False for different families. */
export function contains(network: Cidr, ip: Ip): boolean {
  if (familyOf(network) !== familyOf(ip)) return false;
  return networkOf(cidr(ip, prefixLength(network))) === networkOf(network);
}

/** True if two networks have an address in common. */
export function overlaps(a: Cidr, b: Cidr): boolean {
  if (familyOf(a) !== familyOf(b)) return false;
  const length = Math.min(prefixLength(a), prefixLength(b));
  return networkOf(cidr(addressOf(a), length)) === networkOf(cidr(addressOf(b), length));
}

/**
 * The lowest and the highest host address as numbers: without the network and broadcast addresses of IPv4 networks up
 * to /30, and without the first address of IPv6 networks up to /126.
 */
export function hostRange(network: Cidr): { readonly first: bigint; readonly last: bigint } {
  const family = familyOf(network);
  const bits = addressBits(family);
  const base = ipToBigInt(addressOf(networkOf(network)));
  const size = 1n << BigInt(bits - prefixLength(network));
  if (size <= 2n) return { first: base, last: base + size - 1n };
  // The first IPv6 address is the subnet-router anycast address (RFC 4291, 2.6.1). The last 128 can be anycast (RFC
  // 2526).
  return { first: base + 1n, last: base + size - (family === 4 ? 2n : 1n) };
}

/** True for IPv4 networks up to /30. A /31 has no broadcast address (RFC 3021). */
export const hasBroadcast = (value: Cidr): boolean => familyOf(value) === 4 && prefixLength(value) <= 30;

/** The broadcast address of an IPv4 address's network; undefined if it has none, see {@link hasBroadcast}. */
export function broadcastOf(value: Cidr): Ip | undefined {
  if (!hasBroadcast(value)) return undefined;
  const length = prefixLength(value);
  const bytes = ipToBytes(addressOf(value));
  for (let i = 0; i < 4; i++) bytes[i]! |= 0xff >> Math.min(8, Math.max(0, length - 8 * i));
  return ipFromBytes(bytes, 0, 4);
}

/** The n-th address of a network; 0 is the network address. */
export const nthAddress = (network: Cidr, n: bigint | number): Ip =>
  ipFromBigInt(ipToBigInt(addressOf(networkOf(network))) + BigInt(n), familyOf(network));
