import type { NamespaceName, SetElement, SetState, TableState } from '../../state/index.ts';
import { identifier, renderElements, renderTable } from '../nft/index.ts';
import { at } from '../place.ts';
import { heredoc, inside } from '../shell.ts';
import { MANY, type Family, type In } from './family.ts';

/** What a table is known by. */
export type TableName = Pick<TableState, 'family' | 'name'>;

/** Makes a table with all that is in it, in one transaction. */
export interface AddTable extends In {
  readonly op: 'add-table';
  readonly table: TableState;
  /** Takes the place of the table of that name, without a gap. */
  readonly replace: boolean;
}

/** Takes elements out of a set or a map and puts others in, in one transaction: what else is in it is not disturbed. */
export interface ChangeElements extends In {
  readonly op: 'change-elements';
  readonly table: TableName;
  readonly name: string;
  /** What the set is. Its elements are not looked at. */
  readonly set: SetState;
  readonly remove: readonly SetElement[];
  readonly add: readonly SetElement[];
}

export interface DeleteTable extends In {
  readonly op: 'delete-table';
  readonly table: TableName;
  /** Only a table that has this comment: on the host, that is what a lab's own is known by. */
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
    explain: () => 'What rules look up: the rules stay as they are, and so does what else is in it.',
    render: changeElements,
    subject: ({ table, name }) => `set ${name} of ${tableText(table)}`,
  },
  'delete-table': {
    change: 'remove',
    describe: ({ namespace, table }) => `delete ${tableText(table)} ${at(namespace)}`,
    explain: () => 'A table goes with all of its chains and rules.',
    render: ({ namespace, table }) => [
      inside(namespace, 'nft', 'delete', 'table', table.family, identifier(table.name)),
    ],
    subject: ({ table }) => tableText(table),
  },
};

function explainTable({ table }: AddTable): string {
  if (table.family === 'bridge') return "Nobody reaches the host's loopback from here, whatever rules the host has.";
  if (table.flowtables !== undefined)
    return 'Packets of connections that the rules have let through go from interface to interface at once, past all rules.';
  return Object.values(table.chains).some(({ base }) => base?.type === 'nat')
    ? 'Packets that leave get the address of the interface they leave by (masquerading), since nobody outside knows the way back to theirs.'
    : 'Firewall rules: what may pass.';
}

function describeElements({ namespace, table, name, set, remove, add }: ChangeElements): string {
  const told = (verb: string, elements: ChangeElements['add']): string[] => {
    if (elements.length === 0) return [];
    return [
      elements.length > MANY ? `${verb} ${elements.length} elements` : `${verb} ${renderElements(set, elements)}`,
    ];
  };
  const kind = set.value === undefined ? 'set' : 'map';
  return `${[...told('take out', remove), ...told('put in', add)].join(' and ')}: ${kind} ${name} of ${tableText(table)} ${at(namespace)}`;
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

/** Removes a table whether or not it is there. */
export const dropTable = (namespace: NamespaceName, { family, name }: TableName): string => {
  const table = `table ${family} ${identifier(name)}`;
  return inside(namespace, 'nft', `add ${table}; delete ${table}`);
};
