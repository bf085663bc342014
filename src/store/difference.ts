import type { NamespaceState, NetworkState, ObservedState, TableState } from '../state/index.ts';
import { canonicalTable } from '../nftables/index.ts';
import { plan, type Operation } from '../plan/index.ts';
import { SettingDefaults } from './settings.ts';

/** The operations that turn the kernel's state into the required one. */
export const difference = (wanted: NetworkState, actual: ObservedState): Operation[] =>
  plan(comparable(wanted, actual), actual);

/**
 * `wanted` in a form that can be compared with `actual`. Settings that were made and are no longer required get the
 * value that they have in a new namespace. Tables that exist are in the form in which the kernel returns them: it does
 * not keep the order of elements in sets, and has one spelling for values that can be written in several ways. Tables
 * that do not exist yet stay as they are.
 */
function comparable(wanted: NetworkState, actual: ObservedState): NetworkState {
  // Copied only if something changes: a new lab can have thousands of namespaces, none of which exists yet.
  let namespaces: Record<string, NamespaceState> | undefined;
  const usual = new SettingDefaults();
  for (const [name, observed] of Object.entries(actual.namespaces)) {
    const before = wanted.namespaces[name];
    if (before === undefined) continue;
    let state = usual.complete(name, before, observed);
    const existing = Object.entries(state.tables).filter(([key]) => observed.tables[key] !== undefined);
    if (existing.length > 0) {
      const canonical = existing.map(([key, table]): [string, TableState] => [key, canonicalTable(table)]);
      state = { ...state, tables: { ...state.tables, ...Object.fromEntries(canonical) } };
    }
    if (state !== before) (namespaces ??= { ...wanted.namespaces })[name] = state;
  }
  return namespaces === undefined ? wanted : { namespaces };
}
