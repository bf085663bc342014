import { AddressError } from './error.ts';
import { familyOf, ipFromBigInt, ipFromBytes, ipToBigInt, ipToBytes, parseIp, type Family, type Ip } from './ip.ts';

declare const cidrBrand: unique symbol;

/**
 * An address with its prefix length in canonical spelling: `10.0.0.2/24` (an interface's address, host bits kept) or
 * `10.0.0.0/24` (a network). Compared with `===`.
 */
export type Cidr = string & { readonly [cidrBrand]: true };

/** How many bits an address has. */
export const addressBits = (family: Family): 32 | 128 => (family === 4 ? 32 : 128);

/**
 * Reads `ADDRESS/LENGTH`, keeping host bits.
 * @throws AddressError when the address or the length is wrong, or the length is missing.
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

/** Reads a network: as {@link parseCidr}, with the host bits zero. @throws AddressError naming the right network. */
export function parseNetwork(text: string): Cidr {
  const value = parseCidr(text);
  const network = networkOf(value);
  if (network !== value) throw new AddressError(`"${text}" has host bits set; the network is ${network}`);
  return value;
}

/** An address with a prefix length, which is not checked: 0 to 32, or of IPv6 to 128. */
export const cidr = (ip: Ip, length: number): Cidr => `${ip}/${length}` as Cidr;

/** The address before the slash, host bits and all. */
export const addressOf = (value: Cidr): Ip => value.slice(0, value.indexOf('/')) as Ip;

/** The length behind the slash: 0 to 32, or of IPv6 to 128. */
export const prefixLength = (value: Cidr): number => Number(value.slice(value.indexOf('/') + 1));

/** The network an address is in: the host bits zeroed. */
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

/** Whether `ip` lies in the network of `network`. */
export function contains(network: Cidr, ip: Ip): boolean {
  if (familyOf(network) !== familyOf(ip)) return false;
  return networkOf(cidr(ip, prefixLength(network))) === networkOf(network);
}

/** Whether two networks have an address in common. */
export function overlaps(a: Cidr, b: Cidr): boolean {
  if (familyOf(a) !== familyOf(b)) return false;
  const length = Math.min(prefixLength(a), prefixLength(b));
  return networkOf(cidr(addressOf(a), length)) === networkOf(cidr(addressOf(b), length));
}

/** The lowest and highest address that hosts may have: no network or broadcast address in IPv4 networks up to /30. */
export function hostRange(network: Cidr): { readonly first: bigint; readonly last: bigint } {
  const family = familyOf(network);
  const bits = addressBits(family);
  const base = ipToBigInt(addressOf(networkOf(network)));
  const size = 1n << BigInt(bits - prefixLength(network));
  if (size <= 2n) return { first: base, last: base + size - 1n };
  // IPv6's lowest is the subnet-router anycast address (RFC 4291, 2.6.1); its highest 128 may be anycast too (RFC 2526).
  return { first: base + 1n, last: base + size - (family === 4 ? 2n : 1n) };
}

/** Whether a network has a broadcast address: those of IPv4 that are larger than a cable's (RFC 3021). */
export const hasBroadcast = (value: Cidr): boolean => familyOf(value) === 4 && prefixLength(value) <= 30;

/** The broadcast address of the network an IPv4 address is in: its last, where it has one. */
export function broadcastOf(value: Cidr): Ip | undefined {
  if (!hasBroadcast(value)) return undefined;
  const length = prefixLength(value);
  const bytes = ipToBytes(addressOf(value));
  for (let i = 0; i < 4; i++) bytes[i]! |= 0xff >> Math.min(8, Math.max(0, length - 8 * i));
  return ipFromBytes(bytes, 0, 4);
}

/** The n-th address of a network, counted from 0, the network's own. */
export const nthAddress = (network: Cidr, n: bigint | number): Ip =>
  ipFromBigInt(ipToBigInt(addressOf(networkOf(network))) + BigInt(n), familyOf(network));
