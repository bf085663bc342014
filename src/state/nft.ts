import { ipFromBigInt, joinedSpans, networksOf, type Cidr, type Family } from '../addr/index.ts';
import type {
  ChainState,
  MatchOperator,
  MatchValue,
  NftRuleState,
  Selector,
  SetWord,
  Statement,
  TableState,
} from './nftables.ts';

/**
 * Priorities of base chains, by their names in nft(8): before connection tracking, for destination NAT, and for source
 * NAT.
 */
export const PRIORITY = { raw: -300, dstnat: -100, srcnat: 100 } as const;

/** The selectors of a packet's source and destination address, by family. */
export const SADDR = { 4: 'ip saddr', 6: 'ip6 saddr' } as const;
export const DADDR = { 4: 'ip daddr', 6: 'ip6 daddr' } as const;
/** The type of addresses, the value of `meta nfproto`, and the table family, by address family, as in nft(8). */
export const ADDRESS_TYPE = { 4: 'ipv4_addr', 6: 'ipv6_addr' } as const;
export const NFPROTO_NAME = { 4: 'ipv4', 6: 'ipv6' } as const;
export const IP_FAMILY = { 4: 'ip', 6: 'ip6' } as const;

/**
 * The ICMPv6 types that IPv6 on a link requires: neighbour and router discovery, and multicast listener discovery (RFC
 * 4890, 4.4.1 and 4.3.1).
 */
export const ESSENTIAL_ICMPV6: readonly string[] = [
  'nd-router-solicit',
  'nd-router-advert',
  'nd-neighbor-solicit',
  'nd-neighbor-advert',
  'mld-listener-query',
  'mld-listener-report',
  'mld-listener-done',
  'mld2-listener-report',
];

export const match = (left: Selector, op: MatchOperator, right: MatchValue): Statement => ({
  match: { left, op, right },
});

export const masquerade: Statement = { masquerade: {} };
export const accept: Statement = { verdict: 'accept' };
export const drop: Statement = { verdict: 'drop' };

export const rule = (comment: string, ...statements: readonly Statement[]): NftRuleState => ({ statements, comment });

/** Accepts packets of established connections, and related packets. */
export const acceptEstablished: NftRuleState = rule(
  'established and related',
  match('ct state', '==', { anyOf: ['established', 'related'] }),
  accept,
);

/** A base chain for source NAT. */
export const postrouting = (...rules: readonly NftRuleState[]): ChainState => ({
  base: { type: 'nat', hook: 'postrouting', priority: PRIORITY.srcnat, policy: 'accept' },
  rules,
});

type FilterHook = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting';

/** A base chain of type filter, with the policy accept and priority 0. */
export const filter = (hook: FilterHook, ...rules: readonly NftRuleState[]): ChainState => filterAt(hook, 0, ...rules);

/** A base chain of type filter with the given priority. */
export const filterAt = (hook: FilterHook, priority: number, ...rules: readonly NftRuleState[]): ChainState => ({
  base: { type: 'filter', hook, priority, policy: 'accept' },
  rules,
});

/** A base chain for destination NAT of packets that arrive (`prerouting`) or are sent locally (`output`). */
export const dstnat = (hook: 'prerouting' | 'output', ...rules: readonly NftRuleState[]): ChainState => ({
  base: { type: 'nat', hook, priority: PRIORITY.dstnat, policy: 'accept' },
  rules,
});

/** A match of a single value, or of an anonymous set of several. */
export const oneOf = (values: readonly SetWord[]): MatchValue => (values.length === 1 ? values[0]! : { anyOf: values });

/** The minimal list of prefixes and ranges that covers networks of one family, as nft lists them. */
export function addressRanges(networks: readonly Cidr[], family: Family): SetWord[] {
  return joinedSpans(networks).map((span) => {
    const [prefix, ...others] = networksOf(span, family);
    return others.length === 0 ? prefix! : { range: [ipFromBigInt(span.low, family), ipFromBigInt(span.high, family)] };
  });
}

/** A table of the family `inet`, as a member of `NamespaceState.tables`. */
export function inetTable(
  name: string,
  chains: Readonly<Record<string, ChainState>>,
  comment?: string,
  sets: TableState['sets'] = {},
): Record<string, TableState> {
  return { [`inet ${name}`]: { family: 'inet', name, ...(comment !== undefined && { comment }), chains, sets } };
}
