import { oneLine } from '../../base/index.ts';
import type { TableState } from '../../state/index.ts';
import { viewOf, type FirewallChainView, type FirewallView } from '../../topology/index.ts';
import type { Style } from './style.ts';
import { count } from './words.ts';

const CHAINS = [
  ['input', 'to the node'],
  ['forward', 'through the node'],
  ['output', 'from the node'],
] as const;

type Row = readonly [packets: string, bytes: string, action: string, words: string];

/**
 * A firewall as text: for each rule, the packets and bytes that matched it, its action, and the rule as in the file.
 */
export function describeFirewall(namespace: string, firewall: FirewallView | undefined, style: Style): string {
  if (firewall === undefined)
    return `${style.bold(namespace)} has no firewall; add \`firewall:\` to the topology file\n`;
  const blocks = CHAINS.map(([hook, description]) => {
    const chain = firewall[hook];
    const title = `${style.bold(style.cyan(hook))}  ${style.dim(description)}`;
    if (chain === undefined) return [`${title}${style.dim(': no rules, accepts all')}`];
    return [title, ...tableOf(rowsOf(chain), style)];
  });
  return `${[[style.bold(namespace)], ...blocks].map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

const row = (counter: { packets: number; bytes: number }, action: string, words: string): Row => [
  String(counter.packets),
  String(counter.bytes),
  action,
  words,
];

function rowsOf({ rules, default: rest, established, related, invalid, limit }: FirewallChainView): Row[] {
  return [
    row(established, 'allow', 'established: packets of accepted connections'),
    row(related, 'allow', 'related: ICMP errors and related connections'),
    ...(invalid === undefined ? [] : [row(invalid, 'deny', 'invalid: packets of no connection')]),
    ...(limit === undefined ? [] : [row(limit, 'deny', `packets above ${limit.words}`)]),
    ...rules.map((rule) => row(rule, rule.action, rule.words)),
    row(rest, rest.action, 'everything else'),
  ];
}

function tableOf(rows: readonly Row[], style: Style): string[] {
  const all: readonly Row[] = [['packets', 'bytes', '', ''], ...rows];
  const width = (column: number): number => Math.max(...all.map((row) => row[column]!.length));
  const [packetsWidth, bytesWidth, actionWidth] = [0, 1, 2].map(width);
  return all.map(([packets, bytes, action, words], i) => {
    const counts = `${packets.padStart(packetsWidth!)}  ${bytes.padStart(bytesWidth!)}`;
    if (i === 0) return `  ${style.dim(counts)}`;
    const colour = action === 'allow' ? style.green : style.red;
    return `  ${packets === '0' ? style.dim(counts) : counts}  ${colour(action)}${' '.repeat(actionWidth! - action.length)}  ${oneLine(words)}`;
  });
}

/** Whether a table is a firewall of Netwright that can be read back. */
export const isFirewall = (table: TableState): boolean => viewOf(table) !== undefined;

/** The firewall among a node's tables as one line; none if there is no firewall. */
export function firewallInShort(tables: readonly TableState[], namespace: string, style: Style): string[] {
  const [firewall] = tables.flatMap((table) => viewOf(table) ?? []);
  if (firewall === undefined) return [];
  const chains = CHAINS.flatMap(([hook]) => {
    const chain = firewall[hook];
    if (chain === undefined) return [];
    const rules = chain.rules.length === 0 ? '' : ` except for ${count(chain.rules.length, 'rule')}`;
    return [`${hook}: ${chain.default.action}${rules}`];
  });
  return [`${chains.join('; ')}  ${style.dim(`netwright firewall ${namespace}`)}`];
}
