import { HOST } from '../state/index.ts';
import { addNsid } from '../rtnetlink/index.ts';
import type { Kernel } from './kernel.ts';

/**
 * The number that a lab's own namespace has for its host's. The kernel keeps it for as long as both namespaces are there,
 * also while there is no link between them.
 */
export const HOST_NSID = 28279;

/** Gives the host the number, before there is a cable: with one, the kernel would choose. */
export function assignHostNsid(kernel: Kernel): void {
  const { fd } = kernel.namespace(HOST);
  addNsid(kernel.batch(kernel.namespace(kernel.labMounts.lab)), fd, HOST_NSID, { codes: ['EEXIST'] });
}
