import { AddressError } from './error.ts';
import type { Ip } from './ip.ts';
import { ipFromBytes } from './ip.ts';

declare const macBrand: unique symbol;

/** A 48-bit MAC address, lower case with colons: `02:00:5e:10:00:01`. Can be compared with `===`. */
export type Mac = string & { readonly [macBrand]: true };

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

/**
 * Parses a MAC address (EUI-48) in upper or lower case, and returns it in canonical form.
 * @throws AddressError if `text` is not six pairs of hexadecimal digits, separated by colons or hyphens
 */
export function parseMac(text: string): Mac {
  if (!/^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(text)) {
    throw new AddressError(`"${text}" is not a MAC address, such as 02:00:00:00:00:01`);
  }
  return text.toLowerCase().replaceAll('-', ':') as Mac;
}

/** Reads a MAC address from six bytes at `offset`. */
export function macFromBytes(bytes: Uint8Array, offset: number): Mac {
  let text = HEX[bytes[offset]!]!;
  for (let i = 1; i < 6; i++) text += `:${HEX[bytes[offset + i]!]!}`;
  return text as Mac;
}

/** Writes the six bytes of a MAC address at `offset`. */
export function writeMac(mac: Mac, target: Uint8Array, offset: number): void {
  for (let i = 0; i < 6; i++) target[offset + i] = (hexDigit(mac, 3 * i) << 4) | hexDigit(mac, 3 * i + 1);
}

/** The value of a lower-case hexadecimal digit. */
function hexDigit(text: string, index: number): number {
  const code = text.charCodeAt(index);
  return code <= 57 ? code - 48 : code - 87;
}

/**
 * Derives a locally administered unicast MAC address from a name. It is the same on every machine and in every run, so
 * that captures can be compared.
 */
export function deriveMac(...name: readonly string[]): Mac {
  const [high, low] = hash64(name.join('\0'));
  const first = HEX[((high >>> 8) & 0xfc) | 0x02]!;
  return `${first}:${HEX[high & 0xff]!}:${HEX[low >>> 24]!}:${HEX[(low >>> 16) & 0xff]!}:${HEX[(low >>> 8) & 0xff]!}:${HEX[low & 0xff]!}` as Mac;
}

/** The IPv6 link-local address with the modified EUI-64 of a MAC address (RFC 4291, appendix A). */
export function linkLocal(mac: Mac): Ip {
  const bytes = new Uint8Array(16);
  bytes[0] = 0xfe;
  bytes[1] = 0x80;
  const m = new Uint8Array(6);
  writeMac(mac, m, 0);
  bytes.set([m[0]! ^ 0x02, m[1]!, m[2]!, 0xff, 0xfe, m[3]!, m[4]!, m[5]!], 8);
  return ipFromBytes(bytes, 0, 6);
}

/** Two 32-bit hashes of a text, from FNV-1a and a multiplicative hash. Not for cryptography. */
export function hash64(text: string): readonly [number, number] {
  let a = 0x811c9dc5;
  let b = 0xdeadbeef;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    a = Math.imul(a ^ c, 0x01000193);
    b = Math.imul(b ^ c, 0x9e3779b1);
    b = (b << 13) | (b >>> 19);
  }
  return [finalise(a ^ Math.imul(b, 0x85ebca6b)), finalise(b ^ a)];
}

function finalise(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
