import { mounts, folders } from './files.ts';
import type { Finding } from './finding.ts';
import { hostForward } from './forward.ts';
import { hostSettings } from './host.ts';
import { descriptors, neighbourLimit, networkNamespaceLimit } from './limits.ts';
import { linkManagers } from './managers.ts';
import { trials } from './namespace.ts';
import { rootless } from './rootless.ts';
import { kernelVersion, nodeVersion, privileges } from './system.ts';

/**
 * Checks whether this machine has what Netwright needs, and how to get what is missing. Features are tested in
 * namespaces that are removed afterwards; for this the kernel can load modules, as it would for a lab. The status of
 * what cannot be tested, for example without root, is `unknown`.
 */
export async function doctor(): Promise<Finding[]> {
  return [
    kernelVersion(),
    nodeVersion(),
    privileges(),
    ...rootless(),
    ...trials(),
    mounts(),
    ...folders(),
    descriptors(),
    networkNamespaceLimit(),
    neighbourLimit(),
    ...hostSettings(),
    hostForward(),
    ...linkManagers(),
  ];
}
