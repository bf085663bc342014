import {
  AF_INET,
  libc,
  SO_REUSEADDR,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../ffi/index.ts';

const BACKLOG = 511;

/** Opens a socket on a port of the IPv4 loopback in the network namespace of this thread. @throws SyscallError */
export function openOnLoopback(kind: 'udp' | 'tcp', port: number): number {
  const type = kind === 'udp' ? SOCK_DGRAM : SOCK_STREAM;
  const fd = libc.socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  try {
    if (kind === 'tcp') libc.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    libc.bindSocket(fd, loopback(port));
    if (kind === 'tcp') libc.listen(fd, BACKLOG);
    return fd;
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}

/** struct sockaddr_in (netinet/in.h) of 127.0.0.1. */
function loopback(port: number): Uint8Array {
  const address = new Uint8Array(16);
  new Uint16Array(address.buffer)[0] = AF_INET;
  address.set([port >> 8, port & 0xff, 127, 0, 0, 1], 2);
  return address;
}
