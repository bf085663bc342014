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
 * What this machine has of what Netwright needs, and how to get what it lacks. Whatever can be tried without a trace is
 * tried, in namespaces that are gone afterwards; the kernel may load modules for it, as it would for a lab. What cannot
 * be found out, as without root, is `unknown`.
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
