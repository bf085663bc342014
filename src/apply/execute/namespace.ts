import { forgetFinished } from '../../state/index.ts';
import type { CreateNamespace, DeleteNamespace } from '../../plan/index.ts';
import type { Kernel } from '../kernel.ts';

export function createNamespace(kernel: Kernel, op: CreateNamespace): void {
  // What has run to its end did so in a namespace that is no more.
  forgetFinished(kernel.pins, op.namespace);
  kernel.create(op.namespace);
}

export function deleteNamespace(kernel: Kernel, op: DeleteNamespace): void {
  kernel.forget(op.namespace);
  kernel.pins.unpin(op.namespace);
}
