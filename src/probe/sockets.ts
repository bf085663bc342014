import type { Family } from '../addr/index.ts';
import { UsageError } from '../base/index.ts';
import { libc, MSG_DONTWAIT, SOCK_CLOEXEC, SOCK_NONBLOCK, SyscallError } from '../ffi/index.ts';
import { openNamespace, within } from '../netns/index.ts';
import { addressFamily } from '../sockets/index.ts';

/**
 * Opens a socket in a named namespace, where it stays whoever uses it: close-on-exec, and it does not block.
 * @throws UsageError when there is no such namespace; SyscallError
 */
export function openSocket(namespace: string, family: Family, type: number, protocol: number): number {
  const at = namespaceOf(namespace);
  try {
    return within(at, () => libc.socket(addressFamily(family), type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
  } finally {
    libc.close(at);
  }
}

/** @throws UsageError when there is no such namespace */
export const requireNamespace = (name: string): void => libc.close(namespaceOf(name));

function namespaceOf(name: string): number {
  try {
    return openNamespace(name);
  } catch (error) {
    if (!(error instanceof SyscallError && error.code === 'ENOENT')) throw error;
    throw new UsageError(`there is no namespace "${name}"`, { cause: error });
  }
}

/** Runs `prepare` on a descriptor that was just opened, and closes it when that fails. */
export function prepared(fd: number, prepare: (fd: number) => void): number {
  try {
    prepare(fd);
    return fd;
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}

const buffer = new Uint8Array(65536);

/** As many packets as one event may bring: a socket that hears a busy service leaves time for the others. */
const AT_ONCE = 256;

/**
 * Visits the packets that wait in a socket; each is valid until the next. A visit returns true when it has closed the
 * socket, whose number may already be another's.
 * @throws SyscallError of an error that waits there, such as ECONNREFUSED
 */
export function receiveAll(fd: number, visit: (packet: Uint8Array, sender: Uint8Array) => boolean): void {
  for (let i = 0; i < AT_ONCE; i++) {
    let received: { length: number; address: Uint8Array };
    try {
      received = libc.recvfrom(fd, buffer, MSG_DONTWAIT);
    } catch (error) {
      if (error instanceof SyscallError && error.code === 'EAGAIN') return;
      throw error;
    }
    if (visit(buffer.subarray(0, received.length), received.address)) return;
  }
}
