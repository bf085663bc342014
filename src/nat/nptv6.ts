import { addressOf, cidr, ipFromBytes, ipToBytes, networkOf, prefixLength, type Cidr } from '../addr/index.ts';

/** The longest prefix that leaves a 16-bit word for the subnet, which takes the checksum adjustment. */
export const LONGEST_PREFIX = 48;

/**
 * Translates a /64 from the prefix `inside` to the prefix `outside` (RFC 6296, section 3.4). The subnet's bits are
 * adjusted so that the one's complement sum of all words stays the same: no checksum changes.
 * @returns undefined for the subnet of all ones, which cannot be translated
 */
export function translatedSubnet(subnet: Cidr, inside: Cidr, outside: Cidr): Cidr | undefined {
  const words = words16(subnet);
  if (words[3] === 0xffff) return undefined;
  const from = words16(inside);
  const to = words16(outside);
  const length = prefixLength(inside);
  const translated = words.map((word, i) => {
    const kept = 0xffff >> Math.min(16, Math.max(0, length - 16 * i));
    return (word & kept) | (to[i]! & ~kept & 0xffff);
  });
  const adjusted = sum([translated[3]!, sum(from), ~sum(to) & 0xffff]);
  translated[3] = adjusted === 0xffff ? 0 : adjusted;
  const bytes = new Uint8Array(16);
  translated.slice(0, 4).forEach((word, i) => bytes.set([word >> 8, word & 0xff], 2 * i));
  return networkOf(cidr(ipFromBytes(bytes, 0, 6), 64));
}

/** The eight 16-bit words of a prefix's address. */
function words16(prefix: Cidr): number[] {
  const bytes = ipToBytes(addressOf(networkOf(prefix)));
  return Array.from({ length: 8 }, (_, i) => (bytes[2 * i]! << 8) | bytes[2 * i + 1]!);
}

/** The one's complement sum (RFC 1071). */
const sum = (words: readonly number[]): number =>
  words.reduce((total, word) => {
    const next = total + word;
    return (next & 0xffff) + (next >> 16);
  }, 0);
