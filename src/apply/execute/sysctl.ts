import { CapabilityError } from '../../base/index.ts';
import { interfaceOf, type NoteSysctls, type SetSysctl, type SysctlOperation } from '../../plan/index.ts';
import { HOST } from '../../state/index.ts';
import { getLink } from '../../rtnetlink/index.ts';
import { writeSysctl } from '../../proc/index.ts';
import { inNamespace } from '../describe.ts';
import { saveHostSettings } from '../host-settings.ts';
import type { Kernel } from '../kernel.ts';
import type { Executors } from './executor.ts';

export const sysctlExecutors: Executors<SysctlOperation> = {
  'note-sysctls': noteSysctls,
  'set-sysctl': setSysctl,
};

function noteSysctls(kernel: Kernel, { namespace, keys }: NoteSysctls): void {
  kernel.enter(namespace);
  saveHostSettings(keys);
}

function setSysctl(kernel: Kernel, op: SetSysctl): void {
  kernel.enter(op.namespace);
  // New namespaces can inherit this setting of the host.
  if (op.namespace === HOST) kernel.newForwards = undefined;
  try {
    // With a line feed: an empty value would result in no write(2) at all.
    writeSysctl(op.key, `${op.value}\n`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      // If the interface does not exist, this throws a clearer error.
      const link = interfaceOf(op.key);
      if (link !== undefined) getLink(kernel.namespace(op.namespace).route, link);
      throw new CapabilityError(
        `this kernel has no setting "${op.key}" ${inNamespace(op.namespace)}`,
        'check the spelling, and whether its kernel module is loaded',
        { cause: error },
      );
    }
    if (code === 'EINVAL')
      throw new CapabilityError(
        `invalid value "${op.value}" for "${op.key}"`,
        "see the kernel's ip-sysctl documentation",
        { cause: error },
      );
    throw error;
  }
}
