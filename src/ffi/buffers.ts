import { SO_RCVBUF, SO_RCVBUFFORCE, SO_SNDBUF, SO_SNDBUFFORCE, SOL_SOCKET } from './constants.ts';
import { SyscallError } from './error.ts';
import { setsockopt } from './libc/index.ts';

/*
 * Socket buffers (socket(7)). net.core.rmem_max and wmem_max limit SO_RCVBUF and SO_SNDBUF. The FORCE options exceed
 * these limits and need CAP_NET_ADMIN in the initial user namespace, which labs without root do not have: their
 * buffers stay within the limits.
 */

/** Sets a socket's receive buffer to `bytes`, or to the limit where this process may not exceed it. */
export const growReceiveBuffer = (fd: number, bytes: number): void => grow(fd, SO_RCVBUFFORCE, SO_RCVBUF, bytes);

/** Sets a socket's send buffer to `bytes`, or to the limit where this process may not exceed it. */
export const growSendBuffer = (fd: number, bytes: number): void => grow(fd, SO_SNDBUFFORCE, SO_SNDBUF, bytes);

function grow(fd: number, forced: number, limited: number, bytes: number): void {
  try {
    setsockopt(fd, SOL_SOCKET, forced, bytes);
  } catch (error) {
    if (!(error instanceof SyscallError && error.code === 'EPERM')) throw error;
    setsockopt(fd, SOL_SOCKET, limited, bytes);
  }
}
