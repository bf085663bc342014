import type { Family } from '../addr/index.ts';
import { libc, SOCK_CLOEXEC, SOCK_NONBLOCK } from '../ffi/index.ts';
import { addressFamily } from './sockaddr.ts';

/**
 * Runs a synchronous function with this thread in a network namespace, to open sockets there. A socket stays in the
 * namespace in which it was created, whatever thread uses it later. Node creates sockets in a later turn of its event
 * loop; so they are created here by system calls, and Node gets their descriptors.
 */
export type Place = <T>(fn: () => T) => T;

/**
 * Opens a socket (close-on-exec, non-blocking) and calls `prepare`, for example to bind it, both in the place. If
 * `prepare` throws, the socket is closed.
 * @throws SyscallError
 */
export function openSocket(place: Place, family: Family, type: number, prepare?: (fd: number) => void): number {
  return place(() => {
    const fd = libc.socket(addressFamily(family), type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return prepare === undefined ? fd : closedOnFailure(fd, () => (prepare(fd), fd));
  });
}

/** Runs `fn`, which takes over a descriptor, and closes the descriptor if `fn` throws. */
export function closedOnFailure<T>(fd: number, fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}
