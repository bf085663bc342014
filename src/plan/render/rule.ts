import type { RuleState } from '../../state/index.ts';
import type { AddRule, DeleteRule } from '../operation.ts';
import { ip, type Words } from './shell.ts';

export const addRule = ({ namespace, rule }: AddRule): string[] => [
  ip(namespace, family(rule), 'rule', 'add', words(rule), 'protocol', 'static'),
];

export const deleteRule = ({ namespace, rule }: DeleteRule): string[] => [
  ip(namespace, family(rule), 'rule', 'del', words(rule)),
];

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
