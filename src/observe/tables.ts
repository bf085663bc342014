import { SyscallError } from '../ffi/index.ts';
import { NETLINK_NETFILTER, NetlinkSocket } from '../netlink/index.ts';
import { listTables, normaliseTable, type TableName } from '../nftables/index.ts';
import type { TableState } from '../state/index.ts';

/** Tables by family and name, each in the one spelling that states are compared in. */
export const tablesByName = (tables: readonly TableState[]): Record<string, TableState> =>
  Object.fromEntries(tables.map((table) => [`${table.family} ${table.name}`, normaliseTable(table)]));

/** The tables of the namespace that this thread is in, or some of them; none where the kernel has no nftables. */
export function readTables(only?: readonly TableName[]): TableState[] {
  let socket: NetlinkSocket;
  try {
    socket = NetlinkSocket.open(NETLINK_NETFILTER);
  } catch (error) {
    if (error instanceof SyscallError && error.code === 'EPROTONOSUPPORT') return [];
    throw error;
  }
  try {
    return listTables(socket, only === undefined ? {} : { only });
  } finally {
    socket.close();
  }
}
