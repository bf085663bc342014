import { readlinkSync } from 'node:fs';
import { CLONE_NEWNET, CLONE_NEWNS, CLONE_NEWUTS, libc, MS_BIND, SyscallError } from '../ffi/index.ts';
import { arrangeMounts } from './mounts.ts';
import { openNamespace } from './namespace.ts';

/**
 * Moves this thread permanently to a named network namespace, with the mounts and the host name of a program there.
 * Only for a thread that was started for it: the other threads of the process stay where they are, and so does the work
 * that they do for this one.
 * @throws SyscallError
 */
export function moveThreadTo(namespace: string, hostName: string): void {
  const directory = process.cwd();
  const fd = openNamespace(namespace);
  try {
    libc.setns(fd, CLONE_NEWNET);
  } finally {
    libc.close(fd);
  }
  // Each thread gets a mount namespace of its own, since its /proc/net differs.
  libc.unshare(CLONE_NEWNS | CLONE_NEWUTS);
  libc.sethostname(hostName);
  arrangeMounts(namespace);
  mountProcNet();
  libc.chdir(directory);
}

/** Makes /proc/net, which shows the network namespace of the first thread of a process, show that of this thread. */
function mountProcNet(): void {
  try {
    libc.mount(`/proc/${readlinkSync('/proc/thread-self')}/net`, `/proc/${process.pid}/net`, null, MS_BIND);
  } catch (error) {
    // In a PID namespace with the /proc of another one, /proc has no directory for this process.
    if (!(error instanceof SyscallError && error.code === 'ENOENT')) throw error;
  }
}
