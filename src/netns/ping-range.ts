import { lastGroup } from '../proc/index.ts';
import { AT_FDCWD, libc } from '../ffi/index.ts';

const SETTING = 'sys/net/ipv4/ping_group_range';

let groups: Uint8Array | undefined;

/**
 * Lets programs of every group of this user namespace ping in the network namespace that this thread is in (icmp(7)): a new
 * one lets nobody but root. Where settings cannot be written, root can ping all the same.
 * @param proc a descriptor of a folder that stands for /proc
 */
export function openPingRange(proc?: number): void {
  groups ??= Buffer.from(`0 ${lastGroup()}\n`);
  if (proc === undefined) libc.writeAt(AT_FDCWD, `/proc/${SETTING}`, groups);
  else libc.writeAt(proc, SETTING, groups);
}
