import type { Family } from '../addr/index.ts';
import {
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPV6_V6ONLY,
  libc,
  SO_REUSEADDR,
  SOCK_CLOEXEC,
  SOCK_STREAM,
  SOL_SOCKET,
  SyscallError,
} from '../ffi/index.ts';
import type { Reactor } from './reactor.ts';
import { anyAddress, sockaddr } from '../sockets/index.ts';
import { openSocket, prepared } from './sockets.ts';

const BACKLOG = 4096;

export const listenerKey = (protocol: string, namespace: string, family: Family, port: number): string =>
  `${protocol} ${namespace} ${family} ${port}`;

/** Listens on a port that is free, so that what a probe proves is the network and not the program. */
export class TcpListener {
  /** False when a program had the port already. */
  readonly own: boolean;
  readonly #close: () => void = () => undefined;

  constructor(reactor: Reactor, namespace: string, family: Family, port: number) {
    const fd = prepared(openSocket(namespace, family, SOCK_STREAM, IPPROTO_TCP), (fd) => {
      if (family === 6) libc.setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
      libc.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    });
    try {
      libc.bindSocket(fd, sockaddr(anyAddress(family), port));
      // With SO_REUSEADDR, another program's listener may show here only (EADDRINUSE).
      libc.listen(fd, BACKLOG);
    } catch (error) {
      libc.close(fd);
      if (!(error instanceof SyscallError && error.code === 'EADDRINUSE')) throw error;
      this.own = false;
      return;
    }
    this.own = true;
    this.#close = reactor.watch(fd, () => {
      // Closed in the ordinary way, which does not disturb the other end; that one resets it.
      for (let one; (one = libc.accept(fd, SOCK_CLOEXEC)) !== undefined;) libc.close(one);
    });
  }

  close(): void {
    this.#close();
  }
}
