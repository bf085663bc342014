import { Transaction } from '../../nftables/index.ts';
import type { DeleteTable, ReplaceTable } from '../../plan/index.ts';
import type { Kernel } from '../kernel.ts';

export function replaceTable(kernel: Kernel, op: ReplaceTable): void {
  kernel.withNetfilter(op.namespace, (socket) => {
    const transaction = new Transaction();
    transaction.replaceTable(op.table);
    transaction.commit(socket);
  });
}

export function deleteTable(kernel: Kernel, op: DeleteTable): void {
  kernel.withNetfilter(op.namespace, (socket) => {
    const transaction = new Transaction();
    transaction.deleteTable(op.table.family, op.table.name);
    transaction.commit(socket);
  });
}
