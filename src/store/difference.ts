import type { NamespaceState, NetworkState, ObservedState, TableState } from '../state/index.ts';
import { canonicalTable } from '../nftables/index.ts';
import { plan, type Operation } from '../plan/index.ts';
import { UsualSettings } from './settings.ts';

/** The steps that turn what the kernel holds into what is wanted. */
export const difference = (wanted: NetworkState, actual: ObservedState): Operation[] =>
  plan(comparable(wanted, actual), actual);

/**
 * `wanted` with what was set and is wanted no longer as it is in a new namespace, and with those tables that exist in the
 * words that the kernel gives them back in: it keeps no order inside sets, and one spelling of what has several. Tables
 * that are still to be made need not be put into them.
 */
function comparable(wanted: NetworkState, actual: ObservedState): NetworkState {
  // Copied when something is to be another: there may be thousands, of which nothing is there yet.
  let namespaces: Record<string, NamespaceState> | undefined;
  const usual = new UsualSettings();
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
