import { SyscallError } from '../ffi/index.ts';
import { NETLINK_NETFILTER, NetlinkSocket } from '../netlink/index.ts';
import { listTables, normaliseTable, type TableName } from '../nftables/index.ts';
import type { TableState } from '../state/index.ts';

/** Normalized tables by family and name, for comparison with a wanted state. */
export const tablesByName = (tables: readonly TableState[]): Record<string, TableState> =>
  Object.fromEntries(tables.map((table) => [`${table.family} ${table.name}`, normaliseTable(table)]));

/** The tables of this thread's network namespace, or some of them; none if the kernel has no nftables. */
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
