import { NETLINK_NETFILTER, NetlinkSocket } from '../netlink/index.ts';
import { findTable, kernelHasNetfilter, listTables, Transaction } from '../nftables/index.ts';
import { isHostTable, type HostTable } from '../observe/index.ts';
import { translatedPorts } from '../plan/index.ts';
import { forgetPorts } from './execute/index.ts';

/** Deletes the existing tables of labs on the host. A table of another program stays, even with the same name. */
export function deleteHostTables(parts: readonly HostTable[]): void {
  if (!kernelHasNetfilter()) return;
  using socket = NetlinkSocket.open(NETLINK_NETFILTER);
  const isOwn = (part: HostTable): boolean => {
    const table = findTable(socket, part);
    return table !== undefined && isHostTable(part, table);
  };
  const own = parts.filter(isOwn);
  if (own.length === 0) return;
  const contents = listTables(socket, { only: own });
  // In one transaction, since the kernel takes 20 ms to destroy the objects of each transaction.
  const transaction = new Transaction();
  for (const { family, name } of own) transaction.deleteTable(family, name);
  transaction.commit(socket);
  forgetPorts(socket, { added: [], removed: contents.flatMap(translatedPorts) });
}
