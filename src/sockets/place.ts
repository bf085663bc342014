import type { Family } from '../addr/index.ts';
import { libc, SOCK_CLOEXEC, SOCK_NONBLOCK } from '../ffi/index.ts';
import { addressFamily } from './sockaddr.ts';

/**
 * Where sockets are made: runs a synchronous function with this thread in a network namespace. A socket belongs to the
 * namespace it was made in for good, whoever uses it later from wherever. Node itself makes sockets in a later turn of
 * its event loop; so they are made here by system calls, and Node is handed descriptors.
 */
export type Place = <T>(fn: () => T) => T;

/**
 * Makes a socket, close-on-exec, that does not block, and lets `prepare` bind it or the like, all in the place. It is
 * closed again when that fails.
 * @throws SyscallError
 */
export function openSocket(place: Place, family: Family, type: number, prepare?: (fd: number) => void): number {
  return place(() => {
    const fd = libc.socket(addressFamily(family), type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return prepare === undefined ? fd : closedOnFailure(fd, () => (prepare(fd), fd));
  });
}

/** Runs `fn`, which takes a descriptor over, and closes it if that fails. */
export function closedOnFailure<T>(fd: number, fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}
