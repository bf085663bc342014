import type { ChainState, FlowtableState, NftRuleState, TableFamily, TableState } from '../../state/index.ts';
import { renderSet } from './set.ts';
import { renderStatement } from './statement.ts';
import { comment, identifier, quoted } from './words.ts';

/**
 * Renders a table in the syntax of nft(8), laid out as by `nft list table`. `nft -f` creates it.
 * @param replace also deletes the table of that name, if there is one, in the same transaction
 */
export function renderTable(table: TableState, { replace = false }: { readonly replace?: boolean } = {}): string {
  const name = `table ${table.family} ${identifier(table.name)}`;
  const blocks = [
    ...(table.comment === undefined ? [] : [[`comment ${comment(table.comment)}`]]),
    ...Object.entries(table.flowtables ?? {}).map(([flows, state]) => renderFlowtable(table.family, flows, state)),
    ...Object.entries(table.sets).map(([set, state]) => renderSet(set, state)),
    ...Object.entries(table.chains).map(([chain, state]) => renderChain(table.family, chain, state)),
  ];
  const body = blocks.map((lines) => lines.map((line) => `\t${line}\n`).join('')).join('\n');
  return `${replace ? `${name}\ndelete ${name}\n` : ''}${name} {\n${body}}`;
}

const renderFlowtable = (family: TableFamily, name: string, { hook, priority, devices }: FlowtableState): string[] => [
  `flowtable ${identifier(name)} {`,
  `\thook ${hook} priority ${priorityName(family, hook, priority)}`,
  ...(devices.length === 0 ? [] : [`\tdevices = { ${devices.map(quoted).join(', ')} }`]),
  '}',
];

function renderChain(family: TableFamily, name: string, { base, rules }: ChainState): string[] {
  return [
    `chain ${identifier(name)} {`,
    ...(base === undefined ? [] : [`\t${renderBase(family, base)}`]),
    ...rules.map((rule) => `\t${renderRule(rule)}`),
    '}',
  ];
}

function renderBase(
  family: TableFamily,
  { type, hook, priority, policy, device }: NonNullable<ChainState['base']>,
): string {
  const on = device === undefined ? '' : ` device ${quoted(device)}`;
  return `type ${type} hook ${hook}${on} priority ${priorityName(family, hook, priority)}; policy ${policy};`;
}

/** A rule's statements and its comment. */
const renderRule = ({ statements, comment: text }: NftRuleState): string =>
  [...statements.map(renderStatement), ...(text === undefined ? [] : [`comment ${comment(text)}`])].join(' ');

/** nft's names of priorities: std_prios and bridge_std_prios of its rule.c. */
const PRIORITIES: Readonly<Record<number, string>> = { [-300]: 'raw', [-150]: 'mangle', 0: 'filter', 50: 'security' };

function priorityName(family: TableFamily, hook: string, priority: number): string {
  if (family === 'ip' || family === 'ip6' || family === 'inet') {
    if (priority === -100 && hook === 'prerouting') return 'dstnat';
    if (priority === 100 && hook === 'postrouting') return 'srcnat';
    return PRIORITIES[priority] ?? String(priority);
  }
  if (family === 'bridge') return priority === -200 ? 'filter' : String(priority);
  return priority === 0 ? 'filter' : String(priority);
}
