import { statfsSync, statSync } from 'node:fs';
import {
  libc,
  MNT_DETACH,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
  MS_RDONLY,
  MS_REC,
  MS_SLAVE,
  O_CLOEXEC,
  O_RDONLY,
  SyscallError,
} from '../ffi/index.ts';
import { namespaceFile } from '../proc/index.ts';
import { mountOverEtc, namesIn, targetStat } from './etc.ts';
import { withinMounts } from './visit.ts';
import { checkName, namespacePath, NETNS_ETC_DIRECTORY } from './paths.ts';
import { linkTarget } from './lab-mounts.ts';

/**
 * Sets up the mount namespace of this thread for programs in a network namespace, as `ip netns exec` does: mounts do
 * not propagate to the outside, /sys shows the interfaces of the network namespace, and the files in /etc/netns/NAME
 * cover those in /etc. The thread must be in the network namespace, and in a mount namespace of its own.
 */
export function arrangeMounts(namespace: string): void {
  libc.mount(null, '/', null, MS_SLAVE | MS_REC);
  mountSys(namespace);
  mountOverEtc(`${NETNS_ETC_DIRECTORY}/${checkName(namespace)}`);
}

function mountSys(namespace: string): void {
  // A read-only /sys, as in containers, stays read-only.
  const readOnly = (statfsSync('/sys') as unknown as { flags?: number }).flags ?? 0;
  try {
    libc.umount('/sys', MNT_DETACH);
  } catch (error) {
    if (!(error instanceof SyscallError && error.code === 'EINVAL')) throw error;
  }
  libc.mount(namespace, '/sys', 'sysfs', MS_NOSUID | MS_NODEV | MS_NOEXEC | (readOnly & MS_RDONLY));
}

/**
 * A string that changes when mounts from {@link arrangeMounts} are out of date: when the name refers to another
 * namespace, or there are other files to mount over /etc or below. When a file of /etc is replaced, the kernel removes
 * the mounts on it in all mount namespaces.
 */
export function mountsVersion(namespace: string): string {
  const inode = statSync(namespacePath(namespace), { throwIfNoEntry: false })?.ino;
  const folder = `${NETNS_ETC_DIRECTORY}/${checkName(namespace)}`;
  const names = namesIn(folder);
  const covered = names.map((name) => targetStat(`/etc/${name}`)?.ino);
  return [inode, linkTarget(folder), ...names, ...covered].join(' ');
}

/**
 * Creates a mount namespace for programs in a network namespace, in which the thread must be.
 * @returns a descriptor of it, which the caller closes; the namespace lives as long as the descriptor and its programs
 */
export function makeMounts(namespace: string): number {
  return withinMounts(undefined, () => {
    arrangeMounts(namespace);
    return libc.open(namespaceFile('thread-self', 'mnt'), O_RDONLY | O_CLOEXEC);
  });
}
