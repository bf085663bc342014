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

/** Listens on a free port, so that a probe tests the network and not a program. */
export class TcpListener {
  /** False if a program already has the port. */
  readonly own: boolean;
  readonly #close: () => void = () => undefined;

  constructor(reactor: Reactor, namespace: string, family: Family, port: number) {
    const fd = prepared(openSocket(namespace, family, SOCK_STREAM, IPPROTO_TCP), (fd) => {
      if (family === 6) libc.setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
      libc.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    });
    try {
      libc.bindSocket(fd, sockaddr(anyAddress(family), port));
      // With SO_REUSEADDR, the listener of another program can cause EADDRINUSE here instead of in bind(2).
      libc.listen(fd, BACKLOG);
    } catch (error) {
      libc.close(fd);
      if (!(error instanceof SyscallError && error.code === 'EADDRINUSE')) throw error;
      this.own = false;
      return;
    }
    this.own = true;
    this.#close = reactor.watch(fd, () => {
      // Closed without a reset, which the sender could take for a refusal; the sender resets the connection.
      for (let accepted; (accepted = libc.accept(fd, SOCK_CLOEXEC)) !== undefined;) libc.close(accepted);
    });
  }

  close(): void {
    this.#close();
  }
}
