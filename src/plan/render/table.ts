import type { NamespaceName } from '../../state/index.ts';
import type { AddTable, ChangeElements, DeleteTable } from '../operation.ts';
import { renderElements } from './nft/set.ts';
import { renderTable } from './nft/table.ts';
import { identifier } from './nft/words.ts';
import { heredoc, inside } from './shell.ts';

export const addTable = ({ namespace, table, replace }: AddTable): string[] => [
  heredoc(inside(namespace, 'nft', '-f', '-'), `${renderTable(table, { replace })}\n`),
];

export const changeElements = ({ namespace, table, name, set, remove, add }: ChangeElements): string[] => {
  const where = `${table.family} ${identifier(table.name)} ${identifier(name)}`;
  const lines = [
    ...(remove.length === 0 ? [] : [`delete element ${where} { ${renderElements(set, remove, { keys: true })} }`]),
    ...(add.length === 0 ? [] : [`add element ${where} { ${renderElements(set, add)} }`]),
  ];
  return [heredoc(inside(namespace, 'nft', '-f', '-'), `${lines.join('\n')}\n`)];
};

export const deleteTable = ({ namespace, table }: DeleteTable): string[] => [
  inside(namespace, 'nft', 'delete', 'table', table.family, identifier(table.name)),
];

/** Removes a table whether or not it is there. */
export const dropTable = (namespace: NamespaceName, { family, name }: DeleteTable['table']): string => {
  const table = `table ${family} ${identifier(name)}`;
  return inside(namespace, 'nft', `add ${table}; delete ${table}`);
};
