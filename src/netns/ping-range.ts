import { lastGroup } from '../proc/index.ts';
import { AT_FDCWD, libc } from '../ffi/index.ts';

const SETTING = 'sys/net/ipv4/ping_group_range';

let groups: Uint8Array | undefined;

/**
 * Lets programs of every group of this user namespace open ICMP echo sockets in the network namespace of this thread
 * (icmp(7), ping_group_range): in a new namespace only root can ping. Root can ping without it, where sysctls cannot be
 * written.
 * @param proc a descriptor of a directory that stands for /proc
 */
export function openPingRange(proc?: number): void {
  groups ??= Buffer.from(`0 ${lastGroup()}\n`);
  if (proc === undefined) libc.writeAt(AT_FDCWD, `/proc/${SETTING}`, groups);
  else libc.writeAt(proc, SETTING, groups);
}
