import { CapabilityError } from '../../base/index.ts';
import { NetlinkError, type NetlinkSocket } from '../../netlink/index.ts';
import { findTable, Transaction } from '../../nftables/index.ts';
import type { AddTable, ChangeElements, DeleteTable, TableOperation } from '../../plan/index.ts';
import type { TableState } from '../../state/index.ts';
import type { Kernel } from '../kernel.ts';
import type { Executors } from './executor.ts';

export const tableExecutors: Executors<TableOperation> = {
  'add-table': addTable,
  'change-elements': changeElements,
  'delete-table': deleteTable,
};

function addTable(kernel: Kernel, { namespace, table, replace }: AddTable): void {
  kernel.withNetfilter(namespace, (socket) => {
    const transaction = new Transaction();
    // The kernel takes 20 ms to destroy any table, so `replace` is used only if there is one.
    if (replace) transaction.replaceTable(table);
    else transaction.addTable(table);
    commit(transaction, socket, table);
  });
}

/** The errors of nf_tables for a chain of a family that the kernel does not support. */
const NO_FAMILY: ReadonlySet<string> = new Set(['EOPNOTSUPP', 'EAFNOSUPPORT', 'ENOENT']);

/**
 * @throws NetlinkError; CapabilityError if the table needs flowtables or the bridge family, and the kernel lacks them
 */
function commit(transaction: Transaction, socket: NetlinkSocket, { family, flowtables }: TableState): void {
  try {
    transaction.commit(socket);
  } catch (error) {
    if (family === 'bridge' && error instanceof NetlinkError && NO_FAMILY.has(error.code))
      throw new CapabilityError(
        `this kernel lacks nftables for bridges, which protects the host's loopback from labs: ${error.message}`,
        'boot a kernel with CONFIG_NF_TABLES_BRIDGE: see `netwright doctor`',
        { cause: error },
      );
    if (flowtables === undefined || !(error instanceof NetlinkError && error.code === 'ENOENT')) throw error;
    throw new CapabilityError(
      `this kernel lacks flowtables (modules nf_flow_table_inet and nft_flow_offload): ${error.message}`,
      'remove "flowtable: true" from the topology, or boot a kernel with CONFIG_NF_FLOW_TABLE: see `netwright doctor`',
      { cause: error },
    );
  }
}

function changeElements(kernel: Kernel, { namespace, table, name, set, remove, add }: ChangeElements): void {
  kernel.withNetfilter(namespace, (socket) => {
    const transaction = new Transaction();
    if (remove.length > 0) transaction.deleteElements(table, name, set, remove);
    if (add.length > 0) transaction.addElements(table, name, set, add);
    transaction.commit(socket);
  });
}

function deleteTable(kernel: Kernel, { namespace, table, comment }: DeleteTable): void {
  kernel.withNetfilter(namespace, (socket) => {
    // Another program can have created a table of this name since.
    if (comment !== undefined && findTable(socket, table)?.comment !== comment) return;
    const transaction = new Transaction();
    transaction.deleteTable(table.family, table.name);
    transaction.commit(socket);
  });
}
