import { cidr } from '../addr/index.ts';
import { AF_INET, AF_INET6 } from '../ffi/index.ts';
import {
  FR_ACT_BLACKHOLE,
  FR_ACT_GOTO,
  FR_ACT_PROHIBIT,
  FR_ACT_TO_TBL,
  FR_ACT_UNREACHABLE,
  RTPROT_KERNEL,
  type RuleMessage,
  tableOf,
} from '../rtnetlink/index.ts';
import type { RuleState } from '../state/index.ts';

const ACTIONS = new Map<number, RuleState['action']>([
  [FR_ACT_TO_TBL, 'table'],
  [FR_ACT_GOTO, 'goto'],
  [FR_ACT_BLACKHOLE, 'blackhole'],
  [FR_ACT_UNREACHABLE, 'unreachable'],
  [FR_ACT_PROHIBIT, 'prohibit'],
]);

/** Converts a routing rule; returns none for the kernel's default rules (RTPROT_KERNEL). */
export function ruleState(rule: RuleMessage): RuleState[] {
  const action = ACTIONS.get(rule.action);
  if (rule.protocol === RTPROT_KERNEL || action === undefined) return [];
  if (rule.family !== AF_INET && rule.family !== AF_INET6) return [];
  return [
    {
      family: rule.family === AF_INET ? 4 : 6,
      priority: rule.priority ?? 0,
      ...(rule.src === undefined ? {} : { from: cidr(rule.src, rule.srcLength) }),
      ...(rule.dst === undefined ? {} : { to: cidr(rule.dst, rule.dstLength) }),
      ...(rule.iifName === undefined ? {} : { iif: rule.iifName }),
      ...(rule.oifName === undefined ? {} : { oif: rule.oifName }),
      ...(rule.fwMark === undefined ? {} : { mark: { value: rule.fwMark, mask: rule.fwMask ?? 0xffff_ffff } }),
      action,
      ...(action === 'table' ? { table: tableOf(rule) } : {}),
      ...(rule.goto === undefined ? {} : { goto: rule.goto }),
    },
  ];
}
