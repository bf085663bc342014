import { NTF_PROXY, NUD_PERMANENT, type NeighbourMessage } from '../rtnetlink/index.ts';
import type { NeighbourState } from '../state/index.ts';

/** Converts a permanent neighbour entry; returns none for entries learnt by ARP or neighbour discovery. */
export function neighbourState(
  entry: NeighbourMessage,
  nameOf: (index: number | undefined) => string | undefined,
): NeighbourState[] {
  const device = nameOf(entry.index);
  if ((entry.state & NUD_PERMANENT) === 0 || (entry.flags & NTF_PROXY) !== 0 || device === undefined) return [];
  if (entry.dst === undefined || typeof entry.llAddr !== 'string') return [];
  return [{ device, address: entry.dst, mac: entry.llAddr }];
}
