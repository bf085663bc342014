import { CapabilityError } from '../../base/error.ts';
import { NetlinkError, type NetlinkSocket } from '../../netlink/index.ts';
import { listTables, normaliseTable, Transaction } from '../../nftables/index.ts';
import type { AddTable, ChangeElements, DeleteTable, TableOperation } from '../../plan/index.ts';
import { HOST, type TableState } from '../../state/index.ts';
import { NAT_TABLE } from '../../nat/index.ts';
import { hostTableComment } from '../../topology/index.ts';
import { deleteHostTables } from '../host-tables.ts';
import type { Kernel } from '../kernel.ts';
import { forgetStale, translationsOf } from '../stale-flows.ts';
import { forgetOldNat } from '../stale-nat.ts';
import type { Executors } from './executor.ts';

export const tableExecutors: Executors<TableOperation> = {
  'add-table': addTable,
  'change-elements': changeElements,
  'delete-table': deleteTable,
};

function addTable(kernel: Kernel, op: AddTable): void {
  const { table, replace } = op;
  kernel.withNetfilter(op.namespace, (socket) => {
    const translated = translationsOf(table).length > 0;
    const isNat = table.name === NAT_TABLE;
    const before = replace && (translated || isNat) ? present(socket, table) : [];
    const transaction = new Transaction();
    // The kernel takes 20 ms to destroy a table, however empty: only where there is one.
    if (replace) transaction.replaceTable(table);
    else transaction.addTable(table);
    commit(transaction, socket, table);
    if (translated) forgetStale(socket, { added: translationsOf(table), removed: before.flatMap(translationsOf) });
    if (isNat) forgetOldNat(socket, { before: before[0], after: table });
  });
}

/** The table of that name, as the kernel has it. */
const present = (socket: NetlinkSocket, { family, name }: Pick<TableState, 'family' | 'name'>): TableState[] =>
  listTables(socket, { only: [{ family, name }] }).map(normaliseTable);

/** How nf_tables refuses a chain of a family that it was built without. */
const NO_FAMILY: ReadonlySet<string> = new Set(['EOPNOTSUPP', 'EAFNOSUPPORT', 'ENOENT']);

/** @throws NetlinkError; CapabilityError where the kernel lacks flowtables or tables of bridges, and it is one that needs them */
function commit(transaction: Transaction, socket: NetlinkSocket, { family, flowtables }: TableState): void {
  try {
    transaction.commit(socket);
  } catch (error) {
    if (family === 'bridge' && error instanceof NetlinkError && NO_FAMILY.has(error.code))
      throw new CapabilityError(
        `this kernel lacks nftables on bridges, which keep a lab away from the host's loopback: ${error.message}`,
        'boot a kernel with CONFIG_NF_TABLES_BRIDGE: see `netwright doctor`',
        { cause: error },
      );
    if (flowtables === undefined || !(error instanceof NetlinkError && error.code === 'ENOENT')) throw error;
    throw new CapabilityError(
      `this kernel lacks flowtables, which are modules of their own (nf_flow_table_inet, nft_flow_offload): ${error.message}`,
      'take "flowtable: true" out of the topology, or boot a kernel with CONFIG_NF_FLOW_TABLE: see `netwright doctor`',
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
    forgetStale(socket, { added: [{ set, elements: add }], removed: [{ set, elements: remove }] });
  });
}

function deleteTable(kernel: Kernel, op: DeleteTable): void {
  if (op.namespace === HOST) {
    kernel.enter(HOST);
    deleteHostTables([{ ...op.table, comment: hostTableComment(kernel.labMounts.lab) }]);
    return;
  }
  kernel.withNetfilter(op.namespace, (socket) => {
    const before = op.table.name === NAT_TABLE ? present(socket, op.table) : [];
    const transaction = new Transaction();
    transaction.deleteTable(op.table.family, op.table.name);
    transaction.commit(socket);
    forgetOldNat(socket, { before: before[0], after: undefined });
  });
}
