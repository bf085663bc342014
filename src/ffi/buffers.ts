import { SO_RCVBUF, SO_RCVBUFFORCE, SO_SNDBUF, SO_SNDBUFFORCE, SOL_SOCKET } from './constants.ts';
import { SyscallError } from './error.ts';
import { setsockopt } from './libc/index.ts';

/*
 * Buffers of sockets (socket(7)). Beyond net.core.rmem_max and wmem_max only CAP_NET_ADMIN in the first user namespace
 * may go: the root of another one, as labs without root have, gets as much as those allow.
 */

/** Lets a socket hold `bytes` that have come and are not read yet, or as many as this process may have. */
export const growReceiveBuffer = (fd: number, bytes: number): void => grow(fd, SO_RCVBUFFORCE, SO_RCVBUF, bytes);

/** Lets a socket send `bytes` at once, or as many as this process may. */
export const growSendBuffer = (fd: number, bytes: number): void => grow(fd, SO_SNDBUFFORCE, SO_SNDBUF, bytes);

function grow(fd: number, forced: number, limited: number, bytes: number): void {
  try {
    setsockopt(fd, SOL_SOCKET, forced, bytes);
  } catch (error) {
    if (!(error instanceof SyscallError && error.code === 'EPERM')) throw error;
    setsockopt(fd, SOL_SOCKET, limited, bytes);
  }
}
