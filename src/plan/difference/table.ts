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
 * Plans the operations that create or change a table. If only elements of its sets differ, only these are changed.
 * @param existed whether the namespace exists already: a new one has no conntrack entries
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

/** The state of a table after links are deleted: the kernel removes them from its flowtables. */
export function withoutDevices(table: TableState | undefined, gone: ReadonlySet<string>): TableState | undefined {
  if (table?.flowtables === undefined || gone.size === 0) return table;
  const remaining = Object.entries(table.flowtables).map(([name, flowtable]): [string, FlowtableState] => [
    name,
    { ...flowtable, devices: flowtable.devices.filter((device) => !gone.has(device)) },
  ]);
  return { ...table, flowtables: Object.fromEntries(remaining) };
}

/** The changes of elements; undefined if more than elements differ. */
function elementChanges(namespace: NamespaceName, table: TableState, actual: TableState): ChangeElements[] | undefined {
  const { sets, ...rest } = table;
  const { sets: present, ...others } = actual;
  if (!same(rest, others) || !same(Object.keys(sets).toSorted(), Object.keys(present).toSorted())) return undefined;
  const changes: ChangeElements[] = [];
  for (const [name, set] of Object.entries(sets)) {
    const was = present[name]!;
    if (same(set, was)) continue;
    if (!same(shapeOf(set), shapeOf(was)) || !hasIndependentElements(set)) return undefined;
    const { missing, extra } = difference(set.elements, was.elements, keyOf);
    const { family, name: tableName } = table;
    if (missing.length === 0 && extra.length === 0) continue;
    changes.push({
      op: 'change-elements',
      namespace,
      table: { family, name: tableName },
      name,
      set: shapeOf(set),
      remove: extra,
      add: missing,
    });
  }
  return changes;
}

const shapeOf = (set: SetState): SetState => ({ ...set, elements: [] });

/**
 * Whether elements can be deleted and added without regard to others. The kernel stores an interval of a single value
 * by its two ends, and adjacent intervals share an end.
 */
const hasIndependentElements = ({ key, flags }: SetState): boolean =>
  !flags.includes('constant') && (key.length > 1 || !flags.includes('interval'));

const keyOf = ({ key, value, comment }: SetElement): string => JSON.stringify([key, value, comment]);
