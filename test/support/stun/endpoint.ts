import type { Ip } from '../../../src/addr/index.ts';
import {
  EPOLLIN,
  EPOLLOUT,
  IPPROTO_TCP,
  IPPROTO_UDP,
  libc,
  MSG_DONTWAIT,
  SO_ERROR,
  SO_LINGER,
  SO_REUSEADDR,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  SyscallError,
} from '../../../src/ffi/index.ts';
import { ipOf, portOf, sockaddr } from '../../../src/sockets/sockaddr.ts';
import { openSocket, prepared } from '../../../src/probe/sockets.ts';
import type { World } from './world.ts';

/** An address and a port. */
export interface Endpoint {
  readonly address: Ip;
  readonly port: number;
}

export const ANY = '0.0.0.0' as Ip;
export const show = ({ address, port }: Endpoint): string => `${address}:${port}`;
export const same = (a: Endpoint, b: Endpoint): boolean => a.address === b.address && a.port === b.port;

const SO_REUSEPORT = 15;
const MSG_NOSIGNAL = 0x4000;
/** Closing resets, and leaves no TIME_WAIT behind. */
const RESET = new Uint8Array(new Int32Array([1, 0]).buffer);

const endpointOf = (address: Uint8Array): Endpoint => ({ address: ipOf(address, 4), port: portOf(address) });
const bound = (fd: number): Endpoint => endpointOf(libc.getsockname(fd));
const buffer = new Uint8Array(65536);

/** A UDP socket in a namespace. */
export class Udp {
  readonly local: Endpoint;
  /** What came, oldest first. */
  readonly received: { readonly text: string; readonly from: Endpoint }[] = [];
  readonly #fd: number;
  readonly close: () => void;

  constructor(
    world: World,
    namespace: string,
    { address, port }: Endpoint,
    hear?: (text: string, from: Endpoint) => void,
  ) {
    this.#fd = prepared(openSocket(namespace, 4, SOCK_DGRAM, IPPROTO_UDP), (fd) =>
      libc.bindSocket(fd, sockaddr(address, port)),
    );
    this.local = bound(this.#fd);
    this.close = world.watch(this.#fd, () => {
      for (;;) {
        try {
          const { length, address } = libc.recvfrom(this.#fd, buffer, MSG_DONTWAIT);
          const text = Buffer.from(buffer.subarray(0, length)).toString();
          this.received.push({ text, from: endpointOf(address) });
          hear?.(text, endpointOf(address));
        } catch (error) {
          if (error instanceof SyscallError && error.code === 'EAGAIN') return;
          if (!(error instanceof SyscallError)) throw error;
        }
      }
    });
  }

  send(text: string, { address, port }: Endpoint): void {
    libc.sendto(this.#fd, Buffer.from(text), 0, sockaddr(address, port));
  }
}

const openTcp = (namespace: string, { address, port }: Endpoint): number =>
  prepared(openSocket(namespace, 4, SOCK_STREAM, IPPROTO_TCP), (fd) => {
    // Several sockets on one port: a listening one, and one for each connection that is made from it.
    libc.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    libc.setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    libc.bindSocket(fd, sockaddr(address, port));
  });

/** A TCP connection, made or taken. */
export class Connection {
  state: 'connecting' | 'connected' | 'failed' = 'connecting';
  text = '';
  readonly local: Endpoint;
  readonly #fd: number;
  readonly close: () => void;

  constructor(world: World, fd: number, taken: boolean, hear?: (connection: Connection) => void) {
    this.#fd = fd;
    this.local = bound(fd);
    libc.setsockopt(fd, SOL_SOCKET, SO_LINGER, RESET);
    if (taken) this.state = 'connected';
    const stop = world.watch(
      fd,
      () => {
        if (this.state === 'connecting')
          this.state = libc.getsockopt(fd, SOL_SOCKET, SO_ERROR) === 0 ? 'connected' : 'failed';
        if (this.state === 'connected' && this.#read()) hear?.(this);
      },
      // Edges: what can be written to stays so.
      EPOLLIN | EPOLLOUT | EPOLLET,
    );
    this.close = stop;
  }

  #read(): boolean {
    let some = false;
    for (;;) {
      try {
        const length = libc.recv(this.#fd, buffer, MSG_DONTWAIT);
        if (length === 0) return some;
        this.text += Buffer.from(buffer.subarray(0, length)).toString();
        some = true;
      } catch (error) {
        if (!(error instanceof SyscallError)) throw error;
        return some;
      }
    }
  }

  send(text: string): void {
    const data = Buffer.from(text);
    try {
      libc.send(this.#fd, data, data.length, MSG_NOSIGNAL);
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      this.state = 'failed';
    }
  }
}

const EPOLLET = 0x8000_0000;

/** Connects from a local endpoint; what comes of it is in the connection's state. */
export function connect(
  world: World,
  namespace: string,
  from: Endpoint,
  to: Endpoint,
  hear?: (connection: Connection) => void,
): Connection | undefined {
  const fd = openTcp(namespace, from);
  try {
    libc.connect(fd, sockaddr(to.address, to.port));
  } catch (error) {
    libc.close(fd);
    if (error instanceof SyscallError) return undefined;
    throw error;
  }
  return new Connection(world, fd, false, hear);
}

type Hear = (connection: Connection, from: Endpoint) => void;

/** Listens, and takes what connects. */
export class Listener {
  readonly local: Endpoint;
  readonly taken: { readonly connection: Connection; readonly from: Endpoint }[] = [];
  readonly close: () => void;

  /** @param hears called when a connection that was taken has said something */
  constructor(world: World, namespace: string, at: Endpoint, taken?: Hear, hears?: Hear) {
    const fd = openTcp(namespace, at);
    libc.listen(fd, 4096);
    this.local = bound(fd);
    this.close = world.watch(fd, () => {
      for (let one; (one = libc.accept(fd, SOCK_CLOEXEC)) !== undefined;) {
        const from = peer(one);
        const connection = new Connection(world, one, true, (of) => hears?.(of, from));
        this.taken.push({ connection, from });
        taken?.(connection, from);
      }
    });
  }
}

/** Who is at the other end: of a socket that has just been accepted. */
function peer(fd: number): Endpoint {
  return endpointOf(libc.getpeername(fd));
}
