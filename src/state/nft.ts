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
 * nft's names of the priorities of base chains: before connections are tracked, where destinations are translated, and
 * where sources are.
 */
export const PRIORITY = { raw: -300, dstnat: -100, srcnat: 100 } as const;

/** What a packet of a family is from, and to. */
export const SADDR = { 4: 'ip saddr', 6: 'ip6 saddr' } as const;
export const DADDR = { 4: 'ip daddr', 6: 'ip6 daddr' } as const;
/** The type of a family's addresses, and its number and name as nft says them. */
export const ADDRESS_TYPE = { 4: 'ipv4_addr', 6: 'ipv6_addr' } as const;
export const NFPROTO_NAME = { 4: 'ipv4', 6: 'ipv6' } as const;
export const IP_FAMILY = { 4: 'ip', 6: 'ip6' } as const;

/**
 * Without these IPv6 does not work on a link: they find neighbours and routers, and tell switches who listens to which
 * group (RFC 4890, 4.4.1 and 4.3.1).
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

/** Lets packets of connections through that have begun, and what is related to them. */
export const acceptEstablished: NftRuleState = rule(
  'answers',
  match('ct state', '==', { anyOf: ['established', 'related'] }),
  accept,
);

/** A chain that translates the sources of what leaves. */
export const postrouting = (...rules: readonly NftRuleState[]): ChainState => ({
  base: { type: 'nat', hook: 'postrouting', priority: PRIORITY.srcnat, policy: 'accept' },
  rules,
});

type FilterHook = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting';

/** A chain that drops some of what arrives, passes through or leaves. */
export const filter = (hook: FilterHook, ...rules: readonly NftRuleState[]): ChainState => filterAt(hook, 0, ...rules);

/** One that comes before or after others of its hook. */
export const filterAt = (hook: FilterHook, priority: number, ...rules: readonly NftRuleState[]): ChainState => ({
  base: { type: 'filter', hook, priority, policy: 'accept' },
  rules,
});

/** A chain that translates the destinations of what arrives, or of what this machine sends. */
export const dstnat = (hook: 'prerouting' | 'output', ...rules: readonly NftRuleState[]): ChainState => ({
  base: { type: 'nat', hook, priority: PRIORITY.dstnat, policy: 'accept' },
  rules,
});

/** One value as itself, several as an anonymous set. */
export const oneOf = (values: readonly SetWord[]): MatchValue => (values.length === 1 ? values[0]! : { anyOf: values });

/** The addresses of some networks of one family, as few prefixes and ranges as cover them, as nft lists them. */
export function addressRanges(networks: readonly Cidr[], family: Family): SetWord[] {
  return joinedSpans(networks).map((span) => {
    const [only, ...others] = networksOf(span, family);
    return others.length === 0 ? only! : { range: [ipFromBigInt(span.low, family), ipFromBigInt(span.high, family)] };
  });
}

/** A table of family `inet`, under the key a namespace's `tables` has for it. */
export function inetTable(
  name: string,
  chains: Readonly<Record<string, ChainState>>,
  comment?: string,
  sets: TableState['sets'] = {},
): Record<string, TableState> {
  return { [`inet ${name}`]: { family: 'inet', name, ...(comment !== undefined && { comment }), chains, sets } };
}
