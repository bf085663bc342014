import type {
  ChainState,
  MatchOperator,
  MatchValue,
  NftRuleState,
  Selector,
  Statement,
  TableState,
} from '../model/index.ts';

/** nft's priority `srcnat`, where source addresses are translated. */
const SRCNAT = 100;

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

/** A chain that drops some of what arrives, passes through or leaves. */
export const filter = (hook: 'input' | 'forward' | 'output', ...rules: readonly NftRuleState[]): ChainState => ({
  base: { type: 'filter', hook, priority: 0, policy: 'accept' },
  rules,
});

/** One value as itself, several as an anonymous set. */
export const oneOf = (values: readonly string[]): MatchValue => (values.length === 1 ? values[0]! : { anyOf: values });

/** A table of family `inet`, under the key a namespace's `tables` has for it. */
export function inetTable(
  name: string,
  chains: Readonly<Record<string, ChainState>>,
  comment?: string,
): Record<string, TableState> {
  return { [`inet ${name}`]: { family: 'inet', name, ...(comment !== undefined && { comment }), chains, sets: {} } };
}
