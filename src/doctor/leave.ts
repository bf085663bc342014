import { statSync } from 'node:fs';
import { libc, O_CLOEXEC, O_RDONLY, SyscallError } from '../ffi/index.ts';
import { capabilities } from '../proc/index.ts';

const CAP_SYS_CHROOT = 18n;
const CAP_SYS_ADMIN = 21n;

/** ioctl on a namespace: a descriptor of the user namespace that owns it (linux/nsfs.h, ioctl_ns(2)). */
const NS_GET_USERNS = 0xb701;

/**
 * Whether this thread could come back to its namespace after leaving it: that takes capabilities in the user namespace
 * that owns it, which a process that became root in one of its own does not have (setns(2)).
 */
export function mayLeave(kind: 'net' | 'mnt'): boolean {
  const needed = kind === 'net' ? [CAP_SYS_ADMIN] : [CAP_SYS_ADMIN, CAP_SYS_CHROOT];
  const held = capabilities();
  return needed.every((capability) => ((held >> capability) & 1n) === 1n) && ownerOf(kind) === statSync(OWN_USERS).ino;
}

const OWN_USERS = '/proc/thread-self/ns/user';

/** The number of the user namespace that owns this thread's; undefined when it is out of sight. */
function ownerOf(kind: 'net' | 'mnt'): number | undefined {
  const namespace = libc.open(`/proc/thread-self/ns/${kind}`, O_RDONLY | O_CLOEXEC);
  try {
    const owner = libc.ioctl(namespace, NS_GET_USERNS, 0);
    try {
      return statSync(`/proc/thread-self/fd/${owner}`).ino;
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
