import type { Family } from '../addr/index.ts';
import { UsageError } from '../base/index.ts';
import { libc, MSG_DONTWAIT, SOCK_CLOEXEC, SOCK_NONBLOCK, SyscallError } from '../ffi/index.ts';
import { openNamespace, within } from '../netns/index.ts';
import { addressFamily, closedOnFailure } from '../sockets/index.ts';

/**
 * Opens a non-blocking close-on-exec socket in a named namespace. A socket stays in the namespace it was opened in.
 * @throws UsageError if the namespace does not exist; SyscallError
 */
export function openSocket(namespace: string, family: Family, type: number, protocol: number): number {
  const netns = namespaceOf(namespace);
  try {
    return within(netns, () => libc.socket(addressFamily(family), type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
  } finally {
    libc.close(netns);
  }
}

/** @throws UsageError if the namespace does not exist */
export const requireNamespace = (name: string): void => libc.close(namespaceOf(name));

function namespaceOf(name: string): number {
  try {
    return openNamespace(name);
  } catch (error) {
    if (!(error instanceof SyscallError && error.code === 'ENOENT')) throw error;
    throw new UsageError(`there is no namespace "${name}"`, { cause: error });
  }
}

/** Runs `prepare` on a new descriptor and returns the descriptor; closes it if `prepare` throws. */
export const prepared = (fd: number, prepare: (fd: number) => void): number =>
  closedOnFailure(fd, () => (prepare(fd), fd));

const buffer = new Uint8Array(65536);

/** The most packets to read for one event, so that a raw socket of a busy service leaves time for other sockets. */
const AT_ONCE = 256;

/**
 * Visits the packets in a socket's receive queue; each is valid until the next. `visit` returns true if it has closed
 * the socket, since the kernel can then have reused the descriptor's number.
 * @throws SyscallError for a pending error of the socket (SO_ERROR), such as ECONNREFUSED
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
