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
} from '../state/index.ts';

/** nft's priorities `srcnat`, where source addresses are translated, and `dstnat`, where destinations are. */
const SRCNAT = 100;
const DSTNAT = -100;

/** What a packet of a family is from, and to. */
export const SADDR = { 4: 'ip saddr', 6: 'ip6 saddr' } as const;
export const DADDR = { 4: 'ip daddr', 6: 'ip6 daddr' } as const;

export const match = (left: Selector, op: MatchOperator, right: MatchValue): Statement => ({
  match: { left, op, right },
});

export const masquerade: Statement = { masquerade: {} };
export const accept: Statement = { verdict: 'accept' };
export const drop: Statement = { verdict: 'drop' };

export const rule = (comment: string, ...statements: readonly Statement[]): NftRuleState => ({ statements, comment });

/** A chain that translates the sources of what leaves. */
export const postrouting = (...rules: readonly NftRuleState[]): ChainState => ({
  base: { type: 'nat', hook: 'postrouting', priority: SRCNAT, policy: 'accept' },
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
  base: { type: 'nat', hook, priority: DSTNAT, policy: 'accept' },
  rules,
});

/** One value as itself, several as an anonymous set. */
export const oneOf = (values: readonly SetWord[]): MatchValue => (values.length === 1 ? values[0]! : { anyOf: values });

/** The addresses of some networks of one family, in as few words as there are, and in the words nft would list them in. */
export function wordsOf(networks: readonly Cidr[], family: Family): SetWord[] {
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
