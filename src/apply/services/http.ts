import { request } from 'node:http';
import type { Socket } from 'node:net';
import { ipFromBytes } from '../../addr/index.ts';
import {
  AF_INET,
  AF_INET6,
  libc,
  POLLOUT,
  SO_ERROR,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../../ffi/index.ts';
import { openNamespace, within } from '../../netns/index.ts';
import { connectedSocket, sockaddr } from '../../sockets/index.ts';

/** The maximum timeout of a request, in milliseconds. */
const MAX_TIMEOUT = 2000;

/**
 * Whether a server in a namespace responds to a GET with a status below 400.
 * @param address the address that it listens on, in network byte order; if unspecified, the loopback address is used
 * @param maxTime the timeout in milliseconds, at most 2000
 */
export async function respondsToGet(
  namespace: string,
  address: Uint8Array,
  port: number,
  path: string,
  maxTime: number,
): Promise<boolean> {
  const timeout = Math.ceil(Math.min(maxTime, MAX_TIMEOUT));
  const socket = await connect(namespace, address, port, timeout);
  if (socket === undefined) return false;
  try {
    return await new Promise<boolean>((resolve) => {
      const get = request({ createConnection: () => socket, path, host: 'localhost', port, timeout });
      get.on('response', (response) => {
        response.resume();
        resolve((response.statusCode ?? 500) < 400);
      });
      get.on('timeout', () => resolve(false));
      get.on('error', () => resolve(false));
      get.end();
    });
  } finally {
    socket.destroy();
  }
}

/** Connects within a namespace: a socket stays in the namespace in which it was created. */
async function connect(
  namespace: string,
  address: Uint8Array,
  port: number,
  timeout: number,
): Promise<Socket | undefined> {
  const family = address.length === 4 ? AF_INET : AF_INET6;
  const net = openNamespace(namespace);
  let fd: number;
  try {
    fd = within(net, () => libc.socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  } finally {
    libc.close(net);
  }
  try {
    libc.connect(fd, sockaddr(ipFromBytes(loopbackOf(address), 0, address.length === 4 ? 4 : 6), port));
    await libc.pollAsync([{ fd, events: POLLOUT }], timeout);
    if (libc.getsockopt(fd, SOL_SOCKET, SO_ERROR) === 0) return connectedSocket(fd);
  } catch {
    // Refused: the server does not listen any more.
  }
  libc.close(fd);
  return undefined;
}

/** The loopback address in place of the unspecified address (0.0.0.0, ::); other addresses unchanged. */
function loopbackOf(address: Uint8Array): Uint8Array {
  if (address.some((byte) => byte !== 0)) return address;
  return address.length === 4 ? new Uint8Array([127, 0, 0, 1]) : new Uint8Array([...Array<number>(15).fill(0), 1]);
}
