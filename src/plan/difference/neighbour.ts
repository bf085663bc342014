import { familyOf, type Family } from '../../addr/index.ts';
import type { NamespaceName, NeighbourState } from '../../state/index.ts';
import type { Operation } from '../operation/index.ts';
import { difference } from './compare.ts';

/**
 * Removes permanent neighbours that are not wanted, then adds those that are missing.
 * @param isGone whether the kernel has dropped an interface's entries of a family by a step of this plan
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
