import { AddressError } from './error.ts';

declare const ipBrand: unique symbol;

/**
 * An IPv4 or IPv6 address in canonical form (dotted decimal; RFC 5952), so that `===` compares addresses. It is a plain
 * string at run time.
 */
export type Ip = string & { readonly [ipBrand]: true };

/** The address family: 4 for IPv4, 6 for IPv6. */
export type Family = 4 | 6;

const OCTETS = Array.from({ length: 256 }, (_, i) => String(i));
const DOTTED = OCTETS.map((octet) => `.${octet}`);

/** The family of an address or prefix in canonical form. */
export function familyOf(address: string): Family {
  return address.includes(':') ? 6 : 4;
}

/**
 * Parses an address and returns its canonical form. IPv6 addresses can have any form of RFC 4291, without a zone.
 * @throws AddressError if `text` is not an address; also for leading zeros in IPv4, which some programs read as octal
 */
export function parseIp(text: string): Ip {
  const bytes = parseIpBytes(text);
  if (bytes === undefined) throw new AddressError(`"${text}" is not an IP address, such as 10.0.0.1 or fd00::1`);
  return ipFromBytes(bytes, 0, bytes.length === 4 ? 4 : 6);
}

/** True if {@link parseIp} accepts the text. */
export function isIp(text: string): boolean {
  return parseIpBytes(text) !== undefined;
}

/** Reads an address from 4 or 16 bytes at `offset`, in network byte order. */
export function ipFromBytes(bytes: Uint8Array, offset: number, family: Family): Ip {
  if (family === 4) return ipv4FromBytes(bytes, offset);
  return formatIpv6(bytes, offset);
}

/** As {@link ipFromBytes}, for IPv4 only. For route dumps, where it is the hot path. */
export function ipv4FromBytes(bytes: Uint8Array, offset: number): Ip {
  // Three concatenations instead of six with separate dots: a dump of 100,000 routes formats 200,000 addresses.
  return (OCTETS[bytes[offset]!]! +
    DOTTED[bytes[offset + 1]!]! +
    DOTTED[bytes[offset + 2]!]! +
    DOTTED[bytes[offset + 3]!]!) as Ip;
}

/** The 4 or 16 bytes of an address, in network byte order. @throws AddressError if it is not an address */
export function ipToBytes(ip: Ip): Uint8Array {
  const bytes = parseIpBytes(ip);
  if (bytes === undefined) throw new AddressError(`"${ip}" is not an IP address`);
  return bytes;
}

/** An address as a number; its first byte is the most significant. */
export function ipToBigInt(ip: Ip): bigint {
  let value = 0n;
  for (const byte of ipToBytes(ip)) value = (value << 8n) | BigInt(byte);
  return value;
}

/** The inverse of {@link ipToBigInt}. Only the lowest 32 or 128 bits are used. */
export function ipFromBigInt(value: bigint, family: Family): Ip {
  const bytes = new Uint8Array(family === 4 ? 4 : 16);
  for (let i = bytes.length - 1; i >= 0; i--) {
    bytes[i] = Number(value & 0xffn);
    value >>= 8n;
  }
  return ipFromBytes(bytes, 0, family);
}

function parseIpBytes(text: string): Uint8Array | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(4);
  let octet = 0;
  let digits = 0;
  let index = 0;
  for (let i = 0; i <= text.length; i++) {
    const c = i < text.length ? text.charCodeAt(i) : 46;
    if (c === 46) {
      if (digits === 0 || index > 3) return undefined;
      bytes[index++] = octet;
      octet = 0;
      digits = 0;
    } else if (c >= 48 && c <= 57) {
      if (digits > 0 && octet === 0) return undefined;
      octet = octet * 10 + (c - 48);
      digits++;
      if (octet > 255) return undefined;
    } else return undefined;
  }
  return index === 4 ? bytes : undefined;
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1]!, true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const groups = head.length + tail.length;
  if (halves.length === 1 ? groups !== 8 : groups > 7) return undefined;
  const all = [...head, ...Array.from({ length: 8 - groups }, () => 0), ...tail];
  const bytes = new Uint8Array(16);
  all.forEach((group, i) => {
    bytes[2 * i] = group >> 8;
    bytes[2 * i + 1] = group & 0xff;
  });
  return bytes;
}

/** The 16-bit groups on one side of `::`; on the last side, the end can be an IPv4 address. */
function parseGroups(text: string, last: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (last && i === parts.length - 1 && part.includes('.')) {
      const v4 = parseIpv4(part);
      if (v4 === undefined) return undefined;
      groups.push((v4[0]! << 8) | v4[1]!, (v4[2]! << 8) | v4[3]!);
    } else {
      if (!/^[0-9a-f]{1,4}$/i.test(part)) return undefined;
      groups.push(parseInt(part, 16));
    }
  }
  return groups;
}

/** RFC 5952: lower case, no leading zeros, and `::` for the first longest run of two or more zero groups. */
function formatIpv6(bytes: Uint8Array, offset: number): Ip {
  const groups: number[] = [];
  for (let i = 0; i < 8; i++) groups.push((bytes[offset + 2 * i]! << 8) | bytes[offset + 2 * i + 1]!);
  if (groups[5] === 0xffff && groups.slice(0, 5).every((g) => g === 0)) {
    return `::ffff:${ipv4FromBytes(bytes, offset + 12)}` as Ip;
  }
  let runStart = -1;
  let runLength = 1;
  for (let i = 0; i < 8; i++) {
    let n = 0;
    while (i + n < 8 && groups[i + n] === 0) n++;
    if (n > runLength) {
      runStart = i;
      runLength = n;
    }
    if (n > 0) i += n - 1;
  }
  const hex = groups.map((g) => g.toString(16));
  if (runStart < 0) return hex.join(':') as Ip;
  return `${hex.slice(0, runStart).join(':')}::${hex.slice(runStart + runLength).join(':')}` as Ip;
}
