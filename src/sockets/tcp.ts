import { Socket } from 'node:net';
import { getSystemErrorName } from 'node:util';
import { familyOf, parseIp, type Ip } from '../addr/index.ts';
import { isBun } from '../base/index.ts';
import { libc, POLLOUT, SO_ERROR, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, SyscallError } from '../ffi/index.ts';
import { untilReady } from '../netlink/index.ts';
import { connectedSocket } from './connected.ts';
import { closedOnFailure, openSocket, type Place } from './place.ts';
import { sockaddr } from './sockaddr.ts';

export interface DialOptions {
  /** The source address, one of the node's. If absent, the kernel chooses. */
  readonly localAddress?: string;
  /** The source port. If absent, the kernel chooses a free one. */
  readonly localPort?: number;
  readonly signal?: AbortSignal;
  readonly allowHalfOpen?: boolean;
}

/** `manualStart`: Node must not read before the socket is connected, which would be an error. Node's types lack it. */
const UNCONNECTED = { readable: true, writable: true, manualStart: true };

/**
 * Connects to an address. The socket is closed if that fails or the signal aborts it.
 * @throws SyscallError if the socket cannot be set up, Node's error if the connection fails, or the signal's reason
 */
export async function dial(place: Place, address: Ip, port: number, options: DialOptions = {}): Promise<Socket> {
  const { localAddress, localPort = 0, signal, allowHalfOpen = false } = options;
  signal?.throwIfAborted();
  const family = familyOf(address);
  const fd = openSocket(place, family, SOCK_STREAM, (fd) => {
    if (localAddress === undefined && localPort === 0) return;
    const from = localAddress === undefined ? (family === 4 ? '0.0.0.0' : '::') : localAddress;
    libc.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    libc.bindSocket(fd, sockaddr(parseIp(from), localPort), `${from} port ${localPort}`);
  });
  if (isBun) return connectFirst(fd, address, port, options);
  const socket = closedOnFailure(fd, () => new Socket({ ...UNCONNECTED, fd, allowHalfOpen }));
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      socket.off('connect', connected).off('error', failed);
      signal?.removeEventListener('abort', aborted);
    };
    const connected = (): void => {
      settle();
      resolve(socket);
    };
    const failed = (error: Error): void => {
      settle();
      reject(error);
    };
    const aborted = (): void => {
      settle();
      socket.on('error', () => {}).destroy();
      reject(signal!.reason as Error);
    };
    socket.once('connect', connected).once('error', failed);
    signal?.addEventListener('abort', aborted, { once: true });
    // Node connects the descriptor that the socket has, and does no lookup for an address.
    socket.connect({ host: address, port });
  });
}

/**
 * Connects by connect(2), and only then makes a socket: Bun's makes a descriptor of its own when it connects.
 * @throws as {@link dial}
 */
async function connectFirst(fd: number, address: Ip, port: number, options: DialOptions): Promise<Socket> {
  const { signal, allowHalfOpen = false } = options;
  try {
    libc.connect(fd, sockaddr(address, port));
    await untilReady(fd, POLLOUT, signal);
    signal?.throwIfAborted();
    const errno = libc.getsockopt(fd, SOL_SOCKET, SO_ERROR);
    if (errno !== 0) throw new SyscallError('connect', errno);
    return connectedSocket(fd, { allowHalfOpen });
  } catch (error) {
    libc.close(fd);
    throw error instanceof SyscallError ? nodeError(error, address, port) : error;
  }
}

/** A failure of connect(2) as Node reports it. */
function nodeError({ errno, syscall }: SyscallError, address: Ip, port: number): Error {
  const code = getSystemErrorName(-errno);
  return Object.assign(new Error(`${syscall} ${code} ${address}:${port}`), {
    errno: -errno,
    code,
    syscall,
    address,
    port,
  });
}
