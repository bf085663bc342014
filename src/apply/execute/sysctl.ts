import { CapabilityError } from '../../base/error.ts';
import { interfaceOf, type SetSysctl, type SysctlOperation } from '../../plan/index.ts';
import { HOST } from '../../state/index.ts';
import { getLink } from '../../rtnetlink/index.ts';
import { writeSysctl } from '../../proc/index.ts';
import { hostLinkName } from '../../topology/index.ts';
import { inNamespace } from '../describe.ts';
import { rememberHostSetting } from '../host-settings.ts';
import type { Kernel } from '../kernel.ts';
import type { Executors } from './executor.ts';

export const sysctlExecutors: Executors<SysctlOperation> = {
  'set-sysctl': setSysctl,
};

function setSysctl(kernel: Kernel, op: SetSysctl): void {
  kernel.enter(op.namespace);
  if (op.namespace === HOST && interfaceOf(op.key) !== hostLinkName(kernel.labMounts.lab)) rememberHostSetting(op.key);
  // Those of the lab's own link go with it. A new namespace may follow the host.
  if (op.namespace === HOST) kernel.newForwards = undefined;
  try {
    // As a line: nothing at all would be no write.
    writeSysctl(op.key, `${op.value}\n`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      // It may be the interface that is not there.
      const link = interfaceOf(op.key);
      if (link !== undefined) getLink(kernel.namespace(op.namespace).route, link);
      throw new CapabilityError(
        `this kernel has no setting "${op.key}" ${inNamespace(op.namespace)}`,
        'check its spelling, or whether its module is loaded',
        { cause: error },
      );
    }
    if (code === 'EINVAL')
      throw new CapabilityError(
        `"${op.value}" is not a value that "${op.key}" can have`,
        "see the kernel's ip-sysctl documentation",
        { cause: error },
      );
    throw error;
  }
}
