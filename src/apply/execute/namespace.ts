import { writeFileSync } from 'node:fs';
import { forgetFinished, readSysctl, sysctlPath } from '../../state/index.ts';
import type { CreateNamespace, DeleteNamespace } from '../../plan/index.ts';
import type { Kernel } from '../kernel.ts';

const FORWARDING = sysctlPath('net.ipv4.ip_forward');

export function createNamespace(kernel: Kernel, op: CreateNamespace): void {
  // What has run to its end did so in a namespace that is no more.
  forgetFinished(kernel.pins, op.namespace);
  kernel.create(op.namespace, () => setForwarding(op.forwarding ? '1' : '0'));
}

/** Sets the forwarding of the namespace that this thread is in. */
function setForwarding(value: string): void {
  try {
    writeFileSync(FORWARDING, value);
  } catch (error) {
    // A container may have its settings read-only, and be as is wanted.
    if (readSysctl('net.ipv4.ip_forward') !== value) throw error;
  }
}

export function deleteNamespace(kernel: Kernel, op: DeleteNamespace): void {
  kernel.forget(op.namespace);
  kernel.pins.unpin(op.namespace);
}
