import type { FlowtableState, NftRuleState, SetState, Statement, TableState } from '../model/index.ts';
import { anonymousSets, decodeRule } from './rule/decode.ts';
import { encodeRule } from './rule/encode.ts';
import type { Interfaces } from './words/datatype.ts';
import { decodeSet } from './set/decode.ts';
import { encodeElements, encodeSet } from './set/encode.ts';

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
  const rewrite = (statements: readonly Statement[]): readonly Statement[] => {
    const { expressions, sets } = encodeRule(table.family, statements, { sets: table.sets, interfaces });
    return decodeRule(table.family, expressions, {
      anonymous: anonymousSets(sets.map(canonicalised)),
      sets: table.sets,
      interfaces,
    }).statements;
  };
  const rewritten = mapRules(table, (statements) =>
    interfaces.size === 0 ? remembered(table.family, statements, rewrite) : rewrite(statements),
  );
  return normaliseTable({
    ...rewritten,
    ...(table.flowtables === undefined ? {} : { flowtables: inOrder(table.flowtables) }),
    sets: Object.fromEntries(Object.entries(table.sets).map(([name, set]) => [name, canonicalSet(set)])),
  });
}

/** Rules as they come back, by what they were: labs are alike, and a machine may have a hundred. */
const known = new Map<string, readonly Statement[]>();
const KNOWN_MOST = 5000;
/** What a rule says of the table's own sets and maps, which may be others under the same name. */
const OF_ITS_TABLE = /"(?:set|map|flowAdd)":"/;

function remembered(
  family: TableState['family'],
  statements: readonly Statement[],
  rewrite: (statements: readonly Statement[]) => readonly Statement[],
): readonly Statement[] {
  const text = JSON.stringify(statements);
  if (OF_ITS_TABLE.test(text)) return rewrite(statements);
  const key = `${family} ${text}`;
  let found = known.get(key);
  if (found === undefined) {
    if (known.size === KNOWN_MOST) known.clear();
    known.set(key, (found = rewrite(statements)));
  }
  return found;
}

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
