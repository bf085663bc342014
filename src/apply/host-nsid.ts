import { HOST } from '../state/index.ts';
import { addNsid } from '../rtnetlink/index.ts';
import type { Kernel } from './kernel.ts';

/**
 * The nsid of the host in a lab's own namespace (ip-netns(8), `set`). The kernel keeps it as long as both namespaces
 * exist, also while no link connects them.
 */
export const HOST_NSID = 28279;

/** Assigns the nsid to the host. This must precede the cable, for which the kernel would assign any nsid. */
export function assignHostNsid(kernel: Kernel): void {
  const { fd } = kernel.namespace(HOST);
  addNsid(kernel.batch(kernel.namespace(kernel.labMounts.lab)), fd, HOST_NSID, { codes: ['EEXIST'] });
}
