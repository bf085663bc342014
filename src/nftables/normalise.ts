import type { FlowtableState, NftRuleState, SetState, Statement, TableState } from '../state/index.ts';
import { memoized } from './memoized.ts';
import { anonymousSets, decodeRule, encodeRule } from './rule/index.ts';
import type { Interfaces } from './words/index.ts';
import { decodeSet, encodeElements, encodeSet } from './set/index.ts';

/**
 * The table without what packets and time change in it: the values of counters, and the elements of sets whose elements
 * come and go. Two that compare equal do the same.
 */
export function normaliseTable(table: TableState): TableState {
  return mapRules({ ...table, sets: steady(table.sets) }, (statements) =>
    statements.map((statement) => ('counter' in statement ? { counter: {} } : statement)),
  );
}

/**
 * The table as {@link listTables} would give it back once it is in the kernel: its words in their one spelling, values
 * in order, implied matches left out; no counter values. What a plan should compare with.
 * @throws EncodeError when it could not be put into the kernel
 */
export function canonicalTable(
  table: TableState,
  { interfaces = new Map() }: { readonly interfaces?: Interfaces } = {},
): TableState {
  if (interfaces.size > 0) return rewritten(table, interfaces);
  const text = JSON.stringify(table);
  return text.length > TABLE_LONGEST ? rewritten(table) : memoized(knownTables, text, () => rewritten(table));
}

function rewritten(table: TableState, interfaces: Interfaces = new Map()): TableState {
  const rewrite = (statements: readonly Statement[]): readonly Statement[] => {
    const { expressions, sets } = encodeRule(table.family, statements, { sets: table.sets, interfaces });
    return decodeRule(table.family, expressions, {
      anonymous: anonymousSets(sets.map(canonicalised)),
      sets: table.sets,
      interfaces,
    }).statements;
  };
  const rules = mapRules(table, (statements) => {
    const text = JSON.stringify(statements);
    if (interfaces.size > 0 || OF_ITS_TABLE.test(text)) return rewrite(statements);
    return memoized(knownRules, `${table.family} ${text}`, () => rewrite(statements));
  });
  return normaliseTable({
    ...rules,
    ...(table.flowtables === undefined ? {} : { flowtables: inOrder(table.flowtables) }),
    sets: Object.fromEntries(Object.entries(table.sets).map(([name, set]) => [name, canonicalSet(set)])),
  });
}

/** What a rule says of the table's own sets and maps, which may be others under the same name. */
const OF_ITS_TABLE = /"(?:set|map|flowAdd)":"/;

/** Tables and rules as they come back, by what they were. */
const knownTables = new Map<string, TableState>();
const knownRules = new Map<string, readonly Statement[]>();
/** Characters: a table with many elements is hardly met again. */
const TABLE_LONGEST = 4096;

const inOrder = (flowtables: NonNullable<TableState['flowtables']>): Record<string, FlowtableState> =>
  Object.fromEntries(Object.entries(flowtables).map(([name, of]) => [name, { ...of, devices: of.devices.toSorted() }]));

const passing = ({ flags, elements }: SetState): boolean =>
  elements.length > 0 && (flags.includes('timeout') || flags.includes('dynamic'));

const steady = (sets: TableState['sets']): TableState['sets'] =>
  Object.values(sets).some(passing)
    ? Object.fromEntries(
        Object.entries(sets).map(([name, set]) => [name, passing(set) ? { ...set, elements: [] } : set]),
      )
    : sets;

const canonicalised = <T extends { readonly set: SetState }>(of: T): T => ({ ...of, set: canonicalSet(of.set, true) });

/** A set's words in their one spelling, its elements in the order of their keys. */
export function canonicalSet(set: SetState, anonymous = false): SetState {
  const elements = encodeElements(set, set.elements, { anonymous });
  return decodeSet(encodeSet(set, elements.length, { id: 1, anonymous }), elements);
}

function mapRules(
  table: TableState,
  statements: (statements: readonly Statement[]) => readonly Statement[],
): TableState {
  const rules = (list: readonly NftRuleState[]): NftRuleState[] =>
    list.map((rule) => ({ ...rule, statements: statements(rule.statements) }));
  return {
    ...table,
    chains: Object.fromEntries(
      Object.entries(table.chains).map(([name, chain]) => [name, { ...chain, rules: rules(chain.rules) }]),
    ),
  };
}
