import { addressBits, familyOf, ipFromBigInt, ipToBigInt, parseIp, type Family } from '../../src/addr/index.ts';

/** One object of what `nft -j list ruleset` prints. */
export type NftItem = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/**
 * The objects of a listing, without the numbers that the kernel gives out, what it has
 * counted, and nft's own version. Sets of
 * addresses are ranges that do not touch: some versions of nft join neighbours and others do not.
 */
export function withoutHandles(json: string): NftItem[] {
  if (json.trim() === '') return [];
  const { nftables } = JSON.parse(json, (key, value: unknown) => {
    if (key === 'handle') return undefined;
    if (key === 'elem' && Array.isArray(value)) return inOrder(value);
    if (key === 'counter' && value !== null) return {};
    return key === 'set' && Array.isArray(value) ? (joined(value) ?? value) : value;
  }) as { nftables: NftItem[] };
  return nftables.filter((item) => item['metainfo'] === undefined);
}

/** The kernel keeps no order in sets. */
const inOrder = (elements: readonly unknown[]): unknown[] =>
  elements
    .map((element) => ({ element, at: JSON.stringify(element) }))
    .toSorted((a, b) => (a.at < b.at ? -1 : 1))
    .map(({ element }) => element);

interface Range {
  readonly first: bigint;
  last: bigint;
  readonly family: Family;
}

/** A set's elements as ranges; undefined when they are no addresses. */
function joined(elements: readonly unknown[]): string[] | undefined {
  const ranges: Range[] = [];
  for (const element of elements) {
    const range = rangeOf(element);
    if (range === undefined) return undefined;
    ranges.push(range);
  }
  const apart: Range[] = [];
  for (const range of ranges.toSorted((a, b) => (a.first < b.first ? -1 : 1))) {
    const previous = apart.at(-1);
    if (previous !== undefined && previous.last + 1n >= range.first) previous.last = range.last;
    else apart.push(range);
  }
  return apart.map(({ first, last, family }) => `${ipFromBigInt(first, family)} to ${ipFromBigInt(last, family)}`);
}

function rangeOf(element: unknown): Range | undefined {
  const { prefix, range } = element as { prefix?: { addr: string; len: number }; range?: [string, string] };
  try {
    if (prefix !== undefined) {
      const ip = parseIp(prefix.addr);
      const size = 1n << BigInt(addressBits(familyOf(ip)) - prefix.len);
      return { first: ipToBigInt(ip), last: ipToBigInt(ip) + size - 1n, family: familyOf(ip) };
    }
    const [first, last] = (range ?? [element, element]).map((text) => parseIp(text as string)) as [
      ReturnType<typeof parseIp>,
      ReturnType<typeof parseIp>,
    ];
    return { first: ipToBigInt(first), last: ipToBigInt(last), family: familyOf(first) };
  } catch {
    return undefined;
  }
}
