import type { NamespaceName } from '../../model/index.ts';
import type { AddTable, DeleteTable } from '../operation.ts';
import { renderTable } from './nft/table.ts';
import { identifier } from './nft/words.ts';
import { heredoc, inside } from './shell.ts';

export const addTable = ({ namespace, table, replace }: AddTable): string[] => [
  heredoc(inside(namespace, 'nft', '-f', '-'), `${renderTable(table, { replace })}\n`),
];

export const deleteTable = ({ namespace, table }: DeleteTable): string[] => [
  inside(namespace, 'nft', 'delete', 'table', table.family, identifier(table.name)),
];

/** Removes a table whether or not it is there. */
export const dropTable = (namespace: NamespaceName, { family, name }: DeleteTable['table']): string => {
  const table = `table ${family} ${identifier(name)}`;
  return inside(namespace, 'nft', `add ${table}; delete ${table}`);
};
