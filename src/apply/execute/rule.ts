import { addressOf, prefixLength } from '../../addr/index.ts';
import { AF_INET, AF_INET6 } from '../../ffi/index.ts';
import { NLM_F_CREATE, NLM_F_EXCL, type AcceptedErrors } from '../../netlink/index.ts';
import type { AddRule, DeleteRule, RuleOperation } from '../../plan/index.ts';
import {
  FR_ACT_BLACKHOLE,
  FR_ACT_GOTO,
  FR_ACT_PROHIBIT,
  FR_ACT_TO_TBL,
  FR_ACT_UNREACHABLE,
  RT_TABLE_UNSPEC,
  RTM_DELRULE,
  RTM_NEWRULE,
  RTPROT_STATIC,
  ruleMessage,
} from '../../rtnetlink/index.ts';
import { inNamespace } from '../describe.ts';
import type { Kernel } from '../kernel.ts';
import type { Executors } from './executor.ts';

export const ruleExecutors: Executors<RuleOperation> = {
  'add-rule': addRule,
  'delete-rule': deleteRule,
};

const ACTIONS = {
  table: FR_ACT_TO_TBL,
  goto: FR_ACT_GOTO,
  blackhole: FR_ACT_BLACKHOLE,
  unreachable: FR_ACT_UNREACHABLE,
  prohibit: FR_ACT_PROHIBIT,
} as const;

function addRule(kernel: Kernel, op: AddRule): void {
  send(kernel, op, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, { protocol: RTPROT_STATIC }, 'add');
}

function deleteRule(kernel: Kernel, op: DeleteRule): void {
  send(kernel, op, RTM_DELRULE, 0, {}, 'delete', kernel.acceptMissing(op, 'ENOENT'));
}

function send(
  kernel: Kernel,
  op: AddRule | DeleteRule,
  type: number,
  flags: number,
  extra: { protocol?: number },
  verb: string,
  harmless?: AcceptedErrors,
): void {
  const { rule } = op;
  kernel.batch(kernel.namespace(op.namespace)).add(
    type,
    flags,
    ruleMessage,
    {
      family: rule.family === 4 ? AF_INET : AF_INET6,
      dstLength: rule.to === undefined ? 0 : prefixLength(rule.to),
      srcLength: rule.from === undefined ? 0 : prefixLength(rule.from),
      tos: 0,
      table8: RT_TABLE_UNSPEC,
      action: ACTIONS[rule.action],
      flags: 0,
      priority: rule.priority,
      ...(rule.from === undefined ? {} : { src: addressOf(rule.from) }),
      ...(rule.to === undefined ? {} : { dst: addressOf(rule.to) }),
      ...(rule.iif === undefined ? {} : { iifName: rule.iif }),
      ...(rule.oif === undefined ? {} : { oifName: rule.oif }),
      ...(rule.mark === undefined ? {} : { fwMark: rule.mark.value, fwMask: rule.mark.mask }),
      ...(rule.table === undefined ? {} : { table: rule.table }),
      ...(rule.goto === undefined ? {} : { goto: rule.goto }),
      ...extra,
    },
    () => `${verb} the rule of priority ${rule.priority} ${inNamespace(op.namespace)}`,
    harmless,
  );
}
