import type { NamespaceName, RuleState } from '../../state/index.ts';
import type { Operation } from '../operation/index.ts';
import { difference } from './compare.ts';

/** Adds missing routing rules, then deletes those that are not wanted. */
export function planRules(
  ops: Operation[],
  namespace: NamespaceName,
  wanted: readonly RuleState[],
  actual: readonly RuleState[],
): void {
  const { missing, extra } = difference(wanted, actual, JSON.stringify);
  for (const rule of missing) ops.push({ op: 'add-rule', namespace, rule });
  for (const rule of extra) ops.push({ op: 'delete-rule', namespace, rule });
}
