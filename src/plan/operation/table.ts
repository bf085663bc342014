import type { NamespaceName, SetElement, SetState, TableState } from '../../state/index.ts';
import { identifier, renderElements, renderTable } from '../nft/index.ts';
import { at } from '../place.ts';
import { heredoc, inside } from '../shell.ts';
import { MANY, type Family, type In } from './family.ts';

/** What identifies a table. */
export type TableName = Pick<TableState, 'family' | 'name'>;

/** Creates a table with its chains, rules and sets in one transaction. */
export interface AddTable extends In {
  readonly op: 'add-table';
  readonly table: TableState;
  /** Replaces the table of that name in the same transaction. */
  readonly replace: boolean;
}

/** Deletes and adds elements of a set or a map in one transaction. Its other elements stay as they are. */
export interface ChangeElements extends In {
  readonly op: 'change-elements';
  readonly table: TableName;
  readonly name: string;
  /** The definition of the set. Its `elements` are ignored. */
  readonly set: SetState;
  readonly remove: readonly SetElement[];
  readonly add: readonly SetElement[];
}

/** Deletes a table with its chains, rules and sets. */
export interface DeleteTable extends In {
  readonly op: 'delete-table';
  readonly table: TableName;
  /** Deletes the table only if it has this comment, which identifies a lab's tables on the host. */
  readonly comment?: string;
}

export type TableOperation = AddTable | ChangeElements | DeleteTable;

const tableText = ({ family, name }: TableName): string => `table ${family} ${name}`;

export const tableOperations: Family<TableOperation> = {
  'add-table': {
    change: ({ replace }) => (replace ? 'change' : 'add'),
    describe: ({ namespace, table, replace }) => `${replace ? 'replace' : 'add'} ${tableText(table)} ${at(namespace)}`,
    explain: explainTable,
    render: ({ namespace, table, replace }) => [feed(namespace, `${renderTable(table, { replace })}\n`)],
    subject: ({ table }) => tableText(table),
  },
  'change-elements': {
    change: ({ add, remove }) => (remove.length === 0 ? 'add' : add.length === 0 ? 'remove' : 'change'),
    describe: describeElements,
    explain: () => 'Elements that rules look up: the rules and the other elements stay as they are.',
    render: changeElements,
    subject: ({ table, name }) => `set ${name} of ${tableText(table)}`,
  },
  'delete-table': {
    change: 'remove',
    describe: ({ namespace, table }) => `delete ${tableText(table)} ${at(namespace)}`,
    explain: () => 'A table is deleted with all its chains and rules.',
    render: ({ namespace, table }) => [
      inside(namespace, 'nft', 'delete', 'table', table.family, identifier(table.name)),
    ],
    subject: ({ table }) => tableText(table),
  },
};

function explainTable({ table }: AddTable): string {
  if (table.family === 'bridge') return "The lab cannot reach the host's loopback, whatever rules the host has.";
  if (table.flowtables !== undefined)
    return 'A flowtable forwards packets of accepted connections directly between interfaces, past all rules.';
  return Object.values(table.chains).some(({ base }) => base?.type === 'nat')
    ? 'Masquerading: packets leave with the address of the outgoing interface, since others have no route to the lab.'
    : 'Firewall rules: which packets are accepted.';
}

function describeElements({ namespace, table, name, set, remove, add }: ChangeElements): string {
  const part = (verb: string, elements: ChangeElements['add']): string[] => {
    if (elements.length === 0) return [];
    if (elements.length > MANY) return [`${verb} ${elements.length} elements`];
    return [`${verb} ${elements.length === 1 ? 'element' : 'elements'} ${renderElements(set, elements)}`];
  };
  const kind = set.value === undefined ? 'set' : 'map';
  return `${[...part('delete', remove), ...part('add', add)].join(' and ')}: ${kind} ${name} of ${tableText(table)} ${at(namespace)}`;
}

function changeElements({ namespace, table, name, set, remove, add }: ChangeElements): string[] {
  const where = `${table.family} ${identifier(table.name)} ${identifier(name)}`;
  const lines = [
    ...(remove.length === 0 ? [] : [`delete element ${where} { ${renderElements(set, remove, { keys: true })} }`]),
    ...(add.length === 0 ? [] : [`add element ${where} { ${renderElements(set, add)} }`]),
  ];
  return [feed(namespace, `${lines.join('\n')}\n`)];
}

const feed = (namespace: NamespaceName, text: string): string => heredoc(inside(namespace, 'nft', '-f', '-'), text);

/** A command that deletes a table, and succeeds also if the table does not exist. */
export const dropTable = (namespace: NamespaceName, { family, name }: TableName): string => {
  const table = `table ${family} ${identifier(name)}`;
  return inside(namespace, 'nft', `add ${table}; delete ${table}`);
};
