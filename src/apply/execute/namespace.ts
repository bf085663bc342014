import { AF_INET } from '../../ffi/index.ts';
import { getNetconf, NETCONFA_IFINDEX_ALL } from '../../rtnetlink/index.ts';
import { clearFinished } from '../../observe/index.ts';
import { writeSysctl } from '../../proc/index.ts';
import { IP_FORWARD } from '../../state/index.ts';
import type { CreateNamespace, DeleteNamespace, NamespaceOperation } from '../../plan/index.ts';
import type { Kernel } from '../kernel.ts';
import type { Executors } from './executor.ts';

export const namespaceExecutors: Executors<NamespaceOperation> = {
  'create-namespace': createNamespace,
  'delete-namespace': deleteNamespace,
};

function createNamespace(kernel: Kernel, op: CreateNamespace): void {
  // Services that have exited with status 0 did so in an earlier namespace of this name, so they must run again.
  if (kernel.hadServices) clearFinished(kernel.labMounts, op.namespace);
  kernel.create(op.namespace, (route) => {
    kernel.newForwards ??= getNetconf(route, AF_INET, NETCONFA_IFINDEX_ALL).forwarding === 1;
    if (kernel.newForwards !== op.forwarding) writeSysctl(IP_FORWARD, op.forwarding ? '1' : '0');
    if (op.owner.node !== undefined) kernel.openPingRange();
  });
}

function deleteNamespace(kernel: Kernel, op: DeleteNamespace): void {
  kernel.forget(op.namespace);
  kernel.labMounts.unpin(op.namespace);
}
