import { monotonic } from '../base/index.ts';
import {
  EPOLLOUT,
  errnoName,
  IPPROTO_TCP,
  libc,
  SO_ERROR,
  SO_LINGER,
  SOCK_STREAM,
  SOL_SOCKET,
  TCP_INFO,
} from '../ffi/index.ts';
import { listeningAt, type PortOwner } from './port-owner.ts';
import { Flow } from './flow.ts';
import type { IcmpListener, IcmpSocket } from './icmp-socket.ts';
import { TcpListener } from './tcp-listener.ts';
import { TcpWatch } from './tcp-watch.ts';
import { portOf, sockaddr } from '../sockets/index.ts';
import { openSocket, prepared, requireNamespace } from './sockets.ts';

interface Connection {
  readonly fd: number;
  readonly port: number;
  readonly started: number;
  readonly close: () => void;
}

/** struct linger with a timeout of 0: close(2) then resets the connection, which leaves no TIME_WAIT (socket(7)). */
const RESET = new Uint8Array(new Int32Array([1, 0]).buffer);

/** The offset of tcpi_rtt, in microseconds, in struct tcp_info (linux/tcp.h). */
const TCPI_RTT = 68;

/**
 * TCP connections. Where nothing listens on the port, and no service is to listen there, a {@link TcpListener} does.
 */
export class TcpFlow extends Flow implements IcmpListener {
  protected readonly answer = 'connected';
  readonly #connections = new Map<number, Connection>();
  #icmp: IcmpSocket | undefined;
  #listener: TcpListener | undefined;
  #watch: TcpWatch | undefined;

  protected open(): void {
    const { probe, reactor } = this.context;
    this.#icmp = this.icmpSocketIfPermitted();
    const namespace = probe.toNamespace;
    if (namespace === undefined) return;
    if (probe.served === true) return this.#watchUnusedPort(namespace);
    this.#listener = this.atPort('tcp', namespace, () => new TcpListener(reactor, namespace, this.family, this.port));
  }

  /** Where the target is to be unreachable and nothing listens on its port: watches for SYNs that arrive there. */
  #watchUnusedPort(namespace: string): void {
    requireNamespace(namespace);
    const { probe, reactor } = this.context;
    const place = { namespace, protocol: 'tcp', target: this.target, port: this.port } as const;
    if (probe.reachable || listeningAt(place).length > 0) return;
    this.#watch = this.atPort('tcp-watch', namespace, () => new TcpWatch(reactor, namespace, this.family, this.port));
  }

  protected override get standIn(): PortOwner | undefined {
    return this.#listener?.own === true ? { kind: 'stand-in' } : undefined;
  }

  protected send(sequence: number): void {
    const fd = prepared(openSocket(this.context.probe.from, this.family, SOCK_STREAM, IPPROTO_TCP), (fd) => {
      libc.connect(fd, sockaddr(this.target, this.port));
    });
    const port = portOf(libc.getsockname(fd));
    const close = this.context.reactor.watch(fd, () => this.#ready(sequence), EPOLLOUT);
    this.#connections.set(sequence, { fd, port, started: monotonic(), close });
    this.#icmp?.listen(IPPROTO_TCP, port, this);
  }

  #ready(sequence: number): void {
    const connection = this.#connections.get(sequence)!;
    const errno = libc.getsockopt(connection.fd, SOL_SOCKET, SO_ERROR);
    const code = errnoName(errno);
    // A connection that was reset or closed was established before.
    if (errno === 0 || code === 'ECONNRESET' || code === 'EPIPE') {
      const rttMs = handshake(connection) ?? monotonic() - connection.started;
      this.#drop(sequence, connection);
      this.answered(sequence, rttMs);
      return;
    }
    // An ICMP error names the router, which the errno does not.
    this.#icmp?.drain();
    if (this.result !== undefined) return;
    this.#drop(sequence, connection);
    const watch = this.#watch;
    if (code === 'ECONNREFUSED' && watch?.watches === true && !watch.hasSeen(connection.port))
      this.refused('connection refused by a router');
    else this.refusedBy(errno);
  }

  #drop(sequence: number, connection: Connection): void {
    if (!this.#connections.delete(sequence)) return;
    this.#icmp?.forget(IPPROTO_TCP, connection.port, this.target);
    if (this.#listener?.own === true) libc.setsockopt(connection.fd, SOL_SOCKET, SO_LINGER, RESET);
    connection.close();
  }

  protected closeSockets(): void {
    for (const [sequence, connection] of this.#connections) this.#drop(sequence, connection);
  }
}

/** The time from the SYN to its acknowledgement in milliseconds, as measured by the kernel (TCP_INFO). */
function handshake({ fd }: Connection): number | undefined {
  const info = new Uint8Array(TCPI_RTT + 4);
  if (libc.getsockoptInto(fd, IPPROTO_TCP, TCP_INFO, info) < info.length) return undefined;
  const microseconds = new Uint32Array(info.buffer, TCPI_RTT, 1)[0]!;
  return microseconds === 0 ? undefined : microseconds / 1000;
}
