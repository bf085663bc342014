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
 * Gives the mount namespace that this thread is in what a program in a network namespace expects, as `ip netns exec`
 * does: changes stay inside, `/sys` shows the namespace's interfaces, and the files under /etc/netns/NAME stand in for
 * those of /etc. The thread must be in the network namespace, and in a mount namespace of its own.
 */
export function arrangeMounts(namespace: string): void {
  libc.mount(null, '/', null, MS_SLAVE | MS_REC);
  mountSys(namespace);
  mountOverEtc(`${NETNS_ETC_DIRECTORY}/${checkName(namespace)}`);
}

function mountSys(namespace: string): void {
  // A read-only /sys, as in containers, stays so.
  const readOnly = (statfsSync('/sys') as unknown as { flags?: number }).flags ?? 0;
  try {
    libc.umount('/sys', MNT_DETACH);
  } catch (error) {
    if (!(error instanceof SyscallError && error.code === 'EINVAL')) throw error;
  }
  libc.mount(namespace, '/sys', 'sysfs', MS_NOSUID | MS_NODEV | MS_NOEXEC | (readOnly & MS_RDONLY));
}

/**
 * What has changed when mounts that were arranged before are no longer as they would be: which namespace has the name, which
 * files stand in for those of /etc, and which they stand in for. A file that takes another's place loses what was mounted
 * over that, everywhere.
 */
export function mountsVersion(namespace: string): string {
  const inode = statSync(namespacePath(namespace), { throwIfNoEntry: false })?.ino;
  const folder = `${NETNS_ETC_DIRECTORY}/${checkName(namespace)}`;
  const names = namesIn(folder);
  const covered = names.map((name) => targetStat(`/etc/${name}`)?.ino);
  return [inode, linkTarget(folder), ...names, ...covered].join(' ');
}

/**
 * Makes a mount namespace arranged for programs in a network namespace, which the thread must be in.
 * @returns a descriptor of it, the caller's to close; it lives as long as that and its programs do
 */
export function makeMounts(namespace: string): number {
  return withinMounts(undefined, () => {
    arrangeMounts(namespace);
    return libc.open(namespaceFile('thread-self', 'mnt'), O_RDONLY | O_CLOEXEC);
  });
}
