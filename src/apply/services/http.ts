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

/** How long one question may take at most, in milliseconds. */
const MOST_PATIENCE = 2000;

/**
 * Whether a GET in a namespace, of a server that listens at an address, is answered with a status below 400.
 * @param patience how long that may take, in milliseconds; 2 s at most
 */
export async function isAnswered(
  namespace: string,
  address: Uint8Array,
  port: number,
  path: string,
  patience: number,
): Promise<boolean> {
  const timeout = Math.ceil(Math.min(patience, MOST_PATIENCE));
  const socket = await connect(namespace, address, port, timeout);
  if (socket === undefined) return false;
  try {
    return await new Promise<boolean>((resolve) => {
      const question = request({ createConnection: () => socket, path, host: 'localhost', port, timeout });
      question.on('response', (answer) => {
        answer.resume();
        resolve((answer.statusCode ?? 500) < 400);
      });
      question.on('timeout', () => resolve(false));
      question.on('error', () => resolve(false));
      question.end();
    });
  } finally {
    socket.destroy();
  }
}

/** A connection from within a namespace: a socket belongs to where it was made. */
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
    // Refused: it listens no more.
  }
  libc.close(fd);
  return undefined;
}

/** Who listens at any address does so at the loopback's. */
function loopbackOf(address: Uint8Array): Uint8Array {
  if (address.some((byte) => byte !== 0)) return address;
  return address.length === 4 ? new Uint8Array([127, 0, 0, 1]) : new Uint8Array([...Array<number>(15).fill(0), 1]);
}
