import { addressBits, addressOf, cidr, prefixLength, type Cidr } from './cidr.ts';
import { familyOf, ipFromBigInt, ipToBigInt, type Family } from './ip.ts';

/** A range of addresses as numbers, inclusive. */
export interface Span {
  readonly low: bigint;
  readonly high: bigint;
}

/** The span of a network, whose host bits must be zero. */
export function spanOf(network: Cidr): Span {
  const low = ipToBigInt(addressOf(network));
  return { low, high: low + (1n << BigInt(addressBits(familyOf(network)) - prefixLength(network))) - 1n };
}

/** The spans of networks of one family, sorted. Networks that overlap or are adjacent are joined. */
export function joinedSpans(networks: readonly Cidr[]): Span[] {
  const spans = networks.map(spanOf).toSorted((a, b) => (a.low < b.low ? -1 : Number(a.low > b.low)));
  const joined: { low: bigint; high: bigint }[] = [];
  for (const { low, high } of spans) {
    const last = joined.at(-1);
    if (last === undefined || low > last.high + 1n) joined.push({ low, high });
    else if (high > last.high) last.high = high;
  }
  return joined;
}

/** Splits a span into the fewest networks, in order. */
export function networksOf({ low, high }: Span, family: Family): Cidr[] {
  const networks: Cidr[] = [];
  const bits = addressBits(family);
  for (let at = low; at <= high;) {
    // The largest network that is aligned at this address and within the span.
    let length = bits;
    for (let size = 2n; length > 0 && at % size === 0n && at + size - 1n <= high; size *= 2n) length--;
    networks.push(cidr(ipFromBigInt(at, family), length));
    at += 1n << BigInt(bits - length);
  }
  return networks;
}
