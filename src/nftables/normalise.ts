import type { FlowtableState, NftRuleState, SetState, Statement, TableState } from '../state/index.ts';
import { memoized } from './memoized.ts';
import { anonymousSets, decodeRule, encodeRule } from './rule/index.ts';
import type { Interfaces } from './datatypes/index.ts';
import { decodeSet, encodeElements, encodeSet } from './set/index.ts';

/**
 * Returns the table without the parts that packets and time change: the values of counters, and the elements of sets
 * with the flags `timeout` or `dynamic`. Tables whose normalised forms are equal have the same definition.
 */
export function normaliseTable(table: TableState): TableState {
  return mapRules({ ...table, sets: withoutChangingElements(table.sets) }, (statements) =>
    statements.map((statement) => ('counter' in statement ? { counter: {} } : statement)),
  );
}

/**
 * Returns the table as {@link listTables} would return it from the kernel, to compare both: one spelling of each value,
 * values sorted, implied matches (dependencies) and counter values left out.
 * @throws EncodeError when the table cannot be encoded
 */
export function canonicalTable(
  table: TableState,
  { interfaces = new Map() }: { readonly interfaces?: Interfaces } = {},
): TableState {
  if (interfaces.size > 0) return recoded(table, interfaces);
  const text = JSON.stringify(table);
  return text.length > MAX_CACHED_TABLE ? recoded(table) : memoized(canonicalTables, text, () => recoded(table));
}

/** Encodes and decodes a table. */
function recoded(table: TableState, interfaces: Interfaces = new Map()): TableState {
  const recode = (statements: readonly Statement[]): readonly Statement[] => {
    const { expressions, sets } = encodeRule(table.family, statements, { sets: table.sets, interfaces });
    return decodeRule(table.family, expressions, {
      anonymous: anonymousSets(sets.map(canonicalAnonymous)),
      sets: table.sets,
      interfaces,
    }).statements;
  };
  const rules = mapRules(table, (statements) => {
    const text = JSON.stringify(statements);
    if (interfaces.size > 0 || REFERS_TO_TABLE.test(text)) return recode(statements);
    return memoized(canonicalRules, `${table.family} ${text}`, () => recode(statements));
  });
  return normaliseTable({
    ...rules,
    ...(table.flowtables === undefined ? {} : { flowtables: withSortedDevices(table.flowtables) }),
    sets: Object.fromEntries(Object.entries(table.sets).map(([name, set]) => [name, canonicalSet(set)])),
  });
}

/** A reference to a set, map or flowtable of the rule's table: the rule's encoding depends on the table. */
const REFERS_TO_TABLE = /"(?:set|map|flowAdd)":"/;

/** Canonical tables and rules, by the JSON of the given ones. */
const canonicalTables = new Map<string, TableState>();
const canonicalRules = new Map<string, readonly Statement[]>();
/** In characters of JSON: a table with many elements rarely occurs twice. */
const MAX_CACHED_TABLE = 4096;

const withSortedDevices = (flowtables: NonNullable<TableState['flowtables']>): Record<string, FlowtableState> =>
  Object.fromEntries(
    Object.entries(flowtables).map(([name, flowtable]) => [
      name,
      { ...flowtable, devices: flowtable.devices.toSorted() },
    ]),
  );

const hasChangingElements = ({ flags, elements }: SetState): boolean =>
  elements.length > 0 && (flags.includes('timeout') || flags.includes('dynamic'));

const withoutChangingElements = (sets: TableState['sets']): TableState['sets'] =>
  Object.values(sets).some(hasChangingElements)
    ? Object.fromEntries(
        Object.entries(sets).map(([name, set]) => [name, hasChangingElements(set) ? { ...set, elements: [] } : set]),
      )
    : sets;

const canonicalAnonymous = <T extends { readonly set: SetState }>(added: T): T => ({
  ...added,
  set: canonicalSet(added.set, true),
});

/** Returns a set with one spelling of each value, and its elements sorted by key. @throws EncodeError */
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
