import {
  attribute,
  attributes,
  be32,
  be64,
  cString,
  ip,
  message,
  pad,
  s32,
  struct,
  u16,
  u32,
  u8,
  type Infer,
} from '../wire/index.ts';

/** struct fib_rule_hdr of linux/fib_rules.h. */
const fibRuleHeader = struct('fibRuleHeader', {
  /** AF_INET or AF_INET6. */
  family: u8,
  dstLength: u8,
  srcLength: u8,
  tos: u8,
  /** The table when it is below 256, else RT_TABLE_COMPAT. `table` takes precedence. */
  table8: u8,
  reserved: pad(2),
  /** FR_ACT_*. */
  action: u8,
  /** FIB_RULE_*. */
  flags: u32,
});

const portRange = struct('portRange', { start: u16, end: u16 });

/** FRA_* of linux/fib_rules.h. */
const ruleAttributes = attributes('rule', {
  dst: attribute(1, ip),
  src: attribute(2, ip),
  iifName: attribute(3, cString(16)),
  /** FR_ACT_GOTO: the priority of the rule to continue with. */
  goto: attribute(4, u32),
  /** The rule with the lowest priority is tried first. */
  priority: attribute(6, u32),
  fwMark: attribute(10, u32),
  flow: attribute(11, u32),
  tunId: attribute(12, be64),
  /** -1 when not set, both this and the next. */
  suppressIfGroup: attribute(13, s32),
  suppressPrefixLength: attribute(14, s32),
  table: attribute(15, u32),
  fwMask: attribute(16, u32),
  oifName: attribute(17, cString(16)),
  l3mdev: attribute(19, u8),
  uidRange: attribute(20, struct('uidRange', { start: u32, end: u32 })),
  /** RTPROT_*: who added it. */
  protocol: attribute(21, u8),
  ipProto: attribute(22, u8),
  sportRange: attribute(23, portRange),
  dportRange: attribute(24, portRange),
  dscp: attribute(25, u8),
  flowLabel: attribute(26, be32),
  flowLabelMask: attribute(27, be32),
  sportMask: attribute(28, u16),
  dportMask: attribute(29, u16),
  dscpMask: attribute(30, u8),
});

/** RTM_NEWRULE, RTM_DELRULE, RTM_GETRULE. */
export const ruleMessage = message('rule', fibRuleHeader, ruleAttributes);
/** A policy routing rule: struct fib_rule_hdr and its attributes. */
export type RuleMessage = Infer<typeof ruleMessage>;
