import { familyOf, type Family } from '../../addr/index.ts';
import type { NamespaceName, NeighbourState } from '../../state/index.ts';
import type { Operation } from '../operation/index.ts';
import { difference } from './compare.ts';

/**
 * Deletes permanent neighbour entries that are not wanted, then adds the missing ones.
 * @param isGone whether an earlier operation makes the kernel delete the entries of a family on an interface
 */
export function planNeighbours(
  ops: Operation[],
  namespace: NamespaceName,
  wanted: readonly NeighbourState[],
  actual: readonly NeighbourState[],
  isGone: (device: string, family: Family) => boolean,
): void {
  const left = actual.filter(({ device, address }) => !isGone(device, familyOf(address)));
  const { missing, extra } = difference(wanted, left, (n) => `${n.device} ${n.address} ${n.mac}`);
  for (const neighbour of extra) ops.push({ op: 'delete-neighbour', namespace, neighbour });
  for (const neighbour of missing) ops.push({ op: 'add-neighbour', namespace, neighbour });
}
