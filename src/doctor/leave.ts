import { fstatSync, statSync } from 'node:fs';
import { libc, O_CLOEXEC, O_RDONLY, SyscallError } from '../ffi/index.ts';
import { CAP_SYS_ADMIN, CAP_SYS_CHROOT, hasCapabilities, namespaceFile } from '../proc/index.ts';

/** ioctl on a namespace: a descriptor of the user namespace that owns it (linux/nsfs.h, ioctl_ns(2)). */
const NS_GET_USERNS = 0xb701;

/**
 * Whether this thread could come back to its namespace after leaving it: that takes capabilities in the user namespace
 * that owns it, which a process that became root in one of its own does not have (setns(2)).
 */
export function mayLeave(kind: 'net' | 'mnt'): boolean {
  const needed = kind === 'net' ? [CAP_SYS_ADMIN] : [CAP_SYS_ADMIN, CAP_SYS_CHROOT];
  return hasCapabilities(...needed) && ownerOf(kind) === statSync(namespaceFile('thread-self', 'user')).ino;
}

/** The number of the user namespace that owns this thread's; undefined when it is out of sight. */
function ownerOf(kind: 'net' | 'mnt'): number | undefined {
  const namespace = libc.open(namespaceFile('thread-self', kind), O_RDONLY | O_CLOEXEC);
  try {
    const owner = libc.ioctl(namespace, NS_GET_USERNS, 0);
    try {
      return fstatSync(owner).ino;
    } finally {
      libc.close(owner);
    }
  } catch (error) {
    if (error instanceof SyscallError) return undefined;
    throw error;
  } finally {
    libc.close(namespace);
  }
}
