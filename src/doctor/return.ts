import { fstatSync, statSync } from 'node:fs';
import { libc, O_CLOEXEC, O_RDONLY, SyscallError } from '../ffi/index.ts';
import { CAP_SYS_ADMIN, CAP_SYS_CHROOT, hasCapabilities, namespaceFile } from '../proc/index.ts';

/** The ioctl that opens the user namespace that owns a namespace (linux/nsfs.h, ioctl_ns(2)). */
const NS_GET_USERNS = 0xb701;

/**
 * True if this thread could leave its namespace and return to it. setns(2) needs capabilities in the user namespace
 * that owns the namespace; a process that is root only in a new user namespace does not have them.
 */
export function canReturnTo(kind: 'net' | 'mnt'): boolean {
  const needed = kind === 'net' ? [CAP_SYS_ADMIN] : [CAP_SYS_ADMIN, CAP_SYS_CHROOT];
  return hasCapabilities(...needed) && ownerOf(kind) === statSync(namespaceFile('thread-self', 'user')).ino;
}

/** The inode of the user namespace that owns this thread's namespace; undefined if it is not visible (EPERM). */
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
