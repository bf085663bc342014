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
