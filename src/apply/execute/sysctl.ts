import { CapabilityError } from '../../base/error.ts';
import type { SetSysctl } from '../../plan/index.ts';
import { HOST } from '../../model/index.ts';
import { writeSysctl } from '../../state/index.ts';
import { inNamespace } from '../describe.ts';
import { rememberHostSetting } from '../host-settings.ts';
import type { Kernel } from '../kernel.ts';

/** Settings of a link that is the lab's: they go with it. */
const OF_OWN_LINK = /^net\.ipv[46]\.conf\.nw-/;

export function setSysctl(kernel: Kernel, op: SetSysctl): void {
  if (op.namespace === HOST && !OF_OWN_LINK.test(op.key))
    kernel.withNetfilter(HOST, (socket) => rememberHostSetting(socket, op.key));
  else kernel.enter(op.namespace);
  // A new namespace may follow the host.
  if (op.namespace === HOST) kernel.newForwards = undefined;
  try {
    // As a line: nothing at all would be no write.
    writeSysctl(op.key, `${op.value}\n`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT')
      throw new CapabilityError(
        `this kernel has no setting "${op.key}" ${inNamespace(op.namespace)}`,
        'check its spelling, or whether its module is loaded',
        { cause: error },
      );
    if (code === 'EINVAL')
      throw new CapabilityError(
        `"${op.value}" is not a value that "${op.key}" can have`,
        "see the kernel's ip-sysctl documentation",
        { cause: error },
      );
    throw error;
  }
}
