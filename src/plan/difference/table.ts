import {
  HOST,
  type FlowtableState,
  type NamespaceName,
  type SetElement,
  type SetState,
  type TableState,
} from '../../state/index.ts';
import { difference, same } from './compare.ts';
import { planFlows } from './flows.ts';
import type { ChangeElements, Operation } from '../operation/index.ts';

/**
 * The steps that make a table what is wanted: where only elements of its sets differ, those alone are changed.
 * @param existed whether the namespace did: a new one has no connections
 */
export function planTable(
  ops: Operation[],
  namespace: NamespaceName,
  table: TableState,
  actual: TableState | undefined,
  existed: boolean,
): void {
  if (actual !== undefined && same(table, actual)) return;
  const changes = actual === undefined ? undefined : elementChanges(namespace, table, actual);
  if (changes === undefined) ops.push({ op: 'add-table', namespace, table, replace: actual !== undefined });
  else ops.push(...changes);
  if (existed) planFlows(ops, namespace, { before: actual, after: table });
}

export function deleteTable(ops: Operation[], namespace: NamespaceName, table: TableState): void {
  const { family, name, comment } = table;
  ops.push({
    op: 'delete-table',
    namespace,
    table: { family, name },
    ...(namespace === HOST && comment !== undefined && { comment }),
  });
  planFlows(ops, namespace, { before: table, after: undefined });
}

/** A table once links are gone: the kernel takes them out of its flowtables. */
export function withoutDevices(table: TableState | undefined, gone: ReadonlySet<string>): TableState | undefined {
  if (table?.flowtables === undefined || gone.size === 0) return table;
  const left = Object.entries(table.flowtables).map(([name, of]): [string, FlowtableState] => [
    name,
    { ...of, devices: of.devices.filter((device) => !gone.has(device)) },
  ]);
  return { ...table, flowtables: Object.fromEntries(left) };
}

/** Undefined when more than elements differ. */
function elementChanges(namespace: NamespaceName, table: TableState, actual: TableState): ChangeElements[] | undefined {
  const { sets, ...rest } = table;
  const { sets: present, ...others } = actual;
  if (!same(rest, others) || !same(Object.keys(sets).toSorted(), Object.keys(present).toSorted())) return undefined;
  const changes: ChangeElements[] = [];
  for (const [name, set] of Object.entries(sets)) {
    const was = present[name]!;
    if (same(set, was)) continue;
    if (!same(shapeOf(set), shapeOf(was)) || !isLoose(set)) return undefined;
    const { missing, extra } = difference(set.elements, was.elements, keyOf);
    const { family, name: of } = table;
    if (missing.length === 0 && extra.length === 0) continue;
    changes.push({
      op: 'change-elements',
      namespace,
      table: { family, name: of },
      name,
      set: shapeOf(set),
      remove: extra,
      add: missing,
    });
  }
  return changes;
}

const shapeOf = (set: SetState): SetState => ({ ...set, elements: [] });

/** Whether elements stand for themselves: intervals of a single value are kept by their ends, which neighbours share. */
const isLoose = ({ key, flags }: SetState): boolean =>
  !flags.includes('constant') && (key.length > 1 || !flags.includes('interval'));

const keyOf = ({ key, value, comment }: SetElement): string => JSON.stringify([key, value, comment]);
