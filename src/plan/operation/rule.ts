import type { RuleState } from '../../state/index.ts';
import { at, place } from '../place.ts';
import { ip, type Words } from '../shell.ts';
import type { Family, In } from './family.ts';

/** Adds a routing rule. */
export interface AddRule extends In {
  readonly op: 'add-rule';
  readonly rule: RuleState;
}

/** Deletes a routing rule. */
export interface DeleteRule extends In {
  readonly op: 'delete-rule';
  readonly rule: RuleState;
}

export type RuleOperation = AddRule | DeleteRule;

const subject = ({ rule }: RuleOperation): string => `rule ${rule.family} ${rule.priority}`;

export const ruleOperations: Family<RuleOperation> = {
  'add-rule': {
    change: 'add',
    describe: ({ namespace, rule }) => `add rule ${rule.priority} to ${place(namespace)}: ${describeRule(rule)}`,
    explain: () => 'Rules choose the routing table of a packet; the lowest priority number is tried first.',
    render: ({ namespace, rule }) => [ip(namespace, family(rule), 'rule', 'add', words(rule), 'protocol', 'static')],
    subject,
  },
  'delete-rule': {
    change: 'remove',
    describe: ({ namespace, rule }) => `delete rule ${rule.priority} ${at(namespace)}: ${describeRule(rule)}`,
    explain: () => 'Rules that are no longer needed.',
    render: ({ namespace, rule }) => [ip(namespace, family(rule), 'rule', 'del', words(rule))],
    subject,
    mayBeGone: true,
  },
};

function describeRule({ family, from, to, iif, oif, mark, action, table, goto }: RuleState): string {
  const packets = [
    ...(from === undefined ? [] : [`from ${from}`]),
    ...(to === undefined ? [] : [`to ${to}`]),
    ...(iif === undefined ? [] : [`iif ${iif}`]),
    ...(oif === undefined ? [] : [`oif ${oif}`]),
    ...(mark === undefined ? [] : [`fwmark ${mark.value}/${mark.mask}`]),
  ];
  const target = action === 'table' ? `table ${table ?? 'main'}` : action === 'goto' ? `rule ${goto}` : action;
  return `IPv${family} ${packets.length === 0 ? 'packets' : packets.join(' ')} → ${target}`;
}

const family = ({ family }: RuleState): Words => (family === 6 ? '-6' : []);

const words = ({ priority, from, to, iif, oif, mark, action, table, goto }: RuleState): Words => [
  'priority',
  priority,
  'from',
  from ?? 'all',
  ...(to === undefined ? [] : ['to', to]),
  ...(iif === undefined ? [] : ['iif', iif]),
  ...(oif === undefined ? [] : ['oif', oif]),
  ...(mark === undefined ? [] : ['fwmark', `${hexadecimal(mark.value)}/${hexadecimal(mark.mask)}`]),
  ...(action === 'table' ? (table === undefined ? [] : ['table', table]) : []),
  ...(action === 'goto' ? (goto === undefined ? [] : ['goto', goto]) : []),
  ...(action === 'table' || action === 'goto' ? [] : [action]),
];

const hexadecimal = (n: number): string => `0x${n.toString(16)}`;
