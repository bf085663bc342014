import { libc, SO_RCVBUF, SO_RCVBUFFORCE, SO_SNDBUF, SO_SNDBUFFORCE, SOL_SOCKET, SyscallError } from '../ffi/index.ts';

const OPTIONS = { receive: [SO_RCVBUFFORCE, SO_RCVBUF], send: [SO_SNDBUFFORCE, SO_SNDBUF] } as const;

/**
 * Lets a socket hold `bytes` of what is unread, or unsent: beyond net.core.rmem_max and wmem_max where this process has
 * CAP_NET_ADMIN over the machine, and up to them where it is root of a user namespace alone (socket(7)).
 */
export function growBuffer(fd: number, direction: keyof typeof OPTIONS, bytes: number): void {
  const [beyond, within] = OPTIONS[direction];
  try {
    libc.setsockopt(fd, SOL_SOCKET, beyond, bytes);
  } catch (error) {
    if (!(error instanceof SyscallError && error.code === 'EPERM')) throw error;
    libc.setsockopt(fd, SOL_SOCKET, within, bytes);
  }
}
