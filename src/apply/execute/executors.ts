import type { Operation, ServiceOperation } from '../../plan/index.ts';
import type { Kernel } from '../kernel.ts';
import { addressExecutors } from './address.ts';
import type { Executors } from './executor.ts';
import { filesExecutors } from './files.ts';
import { flowExecutors } from './flows.ts';
import { linkExecutors } from './link.ts';
import { namespaceExecutors } from './namespace.ts';
import { neighbourExecutors } from './neighbour.ts';
import { routeExecutors } from './route.ts';
import { ruleExecutors } from './rule.ts';
import { sysctlExecutors } from './sysctl.ts';
import { tableExecutors } from './table.ts';

/** Operations that are executed synchronously, with netlink messages and files. For services, see service.ts. */
type KernelOperation = Exclude<Operation, ServiceOperation>;

const executors: Executors<KernelOperation> = {
  ...namespaceExecutors,
  ...linkExecutors,
  ...addressExecutors,
  ...routeExecutors,
  ...ruleExecutors,
  ...neighbourExecutors,
  ...sysctlExecutors,
  ...tableExecutors,
  ...flowExecutors,
  ...filesExecutors,
};

/** Executes one operation. @throws NetlinkError, CapabilityError */
export const executeOperation = (kernel: Kernel, op: KernelOperation): void =>
  (executors[op.op] as (kernel: Kernel, op: Operation) => void)(kernel, op);
