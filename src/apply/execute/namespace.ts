import type { CreateNamespace, DeleteNamespace } from '../../plan/index.ts';
import type { Kernel } from '../kernel.ts';

export function createNamespace(kernel: Kernel, op: CreateNamespace): void {
  kernel.create(op.namespace);
}

export function deleteNamespace(kernel: Kernel, op: DeleteNamespace): void {
  kernel.forget(op.namespace);
  kernel.pins.unpin(op.namespace);
}
