import type {
  ChainState,
  MatchOperator,
  MatchValue,
  NftRuleState,
  Selector,
  Statement,
  TableState,
} from '../model/index.ts';

/** nft's priorities `srcnat`, where source addresses are translated, and `dstnat`, where destinations are. */
const SRCNAT = 100;
const DSTNAT = -100;

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

/** A chain that translates the destinations of what arrives, or of what this machine sends. */
export const dstnat = (hook: 'prerouting' | 'output', ...rules: readonly NftRuleState[]): ChainState => ({
  base: { type: 'nat', hook, priority: DSTNAT, policy: 'accept' },
  rules,
});

export const filter = (
  hook: 'prerouting' | 'input' | 'forward',
  priority: number,
  ...rules: readonly NftRuleState[]
): ChainState => ({ base: { type: 'filter', hook, priority, policy: 'accept' }, rules });

/** A chain that filters what passes through. */
export const forward = (...rules: readonly NftRuleState[]): ChainState => filter('forward', 0, ...rules);

/** One value as itself, several as an anonymous set. */
export const oneOf = (values: readonly string[]): MatchValue => (values.length === 1 ? values[0]! : { anyOf: values });

/** A table of family `inet`, under the key a namespace's `tables` has for it. */
export function inetTable(
  name: string,
  chains: Readonly<Record<string, ChainState>>,
  comment?: string,
  sets: TableState['sets'] = {},
): Record<string, TableState> {
  return { [`inet ${name}`]: { family: 'inet', name, ...(comment !== undefined && { comment }), chains, sets } };
}
