import { Transaction } from '../../nftables/index.ts';
import type { AddTable, DeleteTable } from '../../plan/index.ts';
import { HOST } from '../../model/index.ts';
import { deleteHostTables } from '../host-settings.ts';
import type { Kernel } from '../kernel.ts';

export function addTable(kernel: Kernel, op: AddTable): void {
  kernel.withNetfilter(op.namespace, (socket) => {
    const transaction = new Transaction();
    // The kernel takes 20 ms to destroy a table, however empty: only where there is one.
    if (op.replace) transaction.replaceTable(op.table);
    else transaction.addTable(op.table);
    transaction.commit(socket);
  });
}

export function deleteTable(kernel: Kernel, op: DeleteTable): void {
  kernel.withNetfilter(op.namespace, (socket) => {
    if (op.namespace === HOST) {
      // As when the lab goes: what of the host it needed is put back.
      deleteHostTables(socket, ({ family, name }) => family === op.table.family && name === op.table.name);
      return;
    }
    const transaction = new Transaction();
    transaction.deleteTable(op.table.family, op.table.name);
    transaction.commit(socket);
  });
}
