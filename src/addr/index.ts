/**
 * IP addresses, prefixes and MAC addresses, as strings that were checked and are in canonical form.
 *
 *     const network = parseNetwork('10.0.0.0/24');
 *     nthAddress(network, 1n);                                // 10.0.0.1
 *     contains(network, parseIp('10.0.0.77'));                // true
 */
export { AddressError } from './error.ts';
export {
  addressBits,
  addressOf,
  broadcastOf,
  cidr,
  contains,
  hasBroadcast,
  hostRange,
  networkOf,
  nthAddress,
  overlaps,
  parseCidr,
  parseNetwork,
  prefixLength,
  type Cidr,
} from './cidr.ts';
export {
  familyOf,
  ipFromBigInt,
  ipFromBytes,
  ipToBigInt,
  ipToBytes,
  ipv4FromBytes,
  isIp,
  parseIp,
  type Family,
  type Ip,
} from './ip.ts';
export { joinedSpans, networksOf, spanOf, type Span } from './span.ts';
export { deriveMac, hash64, linkLocal, macFromBytes, parseMac, writeMac, type Mac } from './mac.ts';
