import { NETLINK_NETFILTER, NetlinkSocket } from '../netlink/index.ts';
import { findTable, kernelHasNftables, listTables, Transaction } from '../nftables/index.ts';
import { isHostTable, type HostTable } from '../observe/index.ts';
import { translatedPorts } from '../plan/index.ts';
import { forgetPorts } from './execute/index.ts';

/** Removes those of a lab's tables on the host that are there. A table of others stays, whatever it is called. */
export function deleteHostTables(parts: readonly HostTable[]): void {
  if (!kernelHasNftables()) return;
  using socket = NetlinkSocket.open(NETLINK_NETFILTER);
  const isOwn = (part: HostTable): boolean => {
    const table = findTable(socket, part);
    return table !== undefined && isHostTable(part, table);
  };
  const own = parts.filter(isOwn);
  if (own.length === 0) return;
  const going = listTables(socket, { only: own });
  // One transaction: the kernel takes 20 ms to destroy what a transaction removes, however little.
  const transaction = new Transaction();
  for (const { family, name } of own) transaction.deleteTable(family, name);
  transaction.commit(socket);
  forgetPorts(socket, { added: [], removed: going.flatMap(translatedPorts) });
}
