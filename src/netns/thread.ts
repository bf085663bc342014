import { readlinkSync } from 'node:fs';
import { CLONE_NEWNET, CLONE_NEWNS, CLONE_NEWUTS, libc, MS_BIND, SyscallError } from '../ffi/index.ts';
import { arrangeMounts } from './mounts.ts';
import { openNamespace } from './namespace.ts';

/**
 * Moves this thread to a named namespace for good, with the mounts and the host name that a program there has. Only for a
 * thread of its own: the others of the process stay where they are, and so does what they do for it.
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
  // Each thread has mounts of its own, since /proc/net in them is its own.
  libc.unshare(CLONE_NEWNS | CLONE_NEWUTS);
  libc.sethostname(hostName);
  arrangeMounts(namespace);
  mountProcNet();
  libc.chdir(directory);
}

/** Makes /proc/net, which shows the namespace of a process's first thread, that of this one. */
function mountProcNet(): void {
  try {
    libc.mount(`/proc/${readlinkSync('/proc/thread-self')}/net`, `/proc/${process.pid}/net`, null, MS_BIND);
  } catch (error) {
    // In a PID namespace whose /proc is another's the process has no folder there.
    if (!(error instanceof SyscallError && error.code === 'ENOENT')) throw error;
  }
}
