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
import { acquireIcmpIfAllowed, Flow, icmpKey } from './flow.ts';
import type { IcmpListener, IcmpSocket } from './icmp-socket.ts';
import { listenerKey, TcpListener } from './tcp-listener.ts';
import { TcpWatch } from './tcp-watch.ts';
import { portOf, sockaddr } from '../sockets/index.ts';
import { openSocket, prepared, requireNamespace } from './sockets.ts';

interface Connection {
  readonly fd: number;
  readonly port: number;
  readonly started: number;
  readonly close: () => void;
}

/** struct linger: on, with no time, so that closing resets the connection and leaves no TIME_WAIT behind (socket(7)). */
const RESET = new Uint8Array(new Int32Array([1, 0]).buffer);

/** Offset of tcpi_rtt, microseconds, in struct tcp_info (linux/tcp.h). */
const TCPI_RTT = 68;

/** Connections, to what listens on the port or, when nothing does and no service is meant to, to a listener of our own. */
export class TcpFlow extends Flow implements IcmpListener {
  protected readonly answer = 'connected';
  readonly #connections = new Map<number, Connection>();
  #icmp: IcmpSocket | undefined;
  #listener: TcpListener | undefined;
  #watch: TcpWatch | undefined;

  private get port(): number {
    return this.context.probe.port!;
  }

  protected open(): void {
    const { probe, reactor, shared } = this.context;
    this.#icmp = acquireIcmpIfAllowed(this.context, this.family);
    const at = probe.toNamespace;
    if (at === undefined) return;
    if (probe.served === true) return this.#watchVacant(at);
    const make = (): TcpListener => new TcpListener(reactor, at, this.family, this.port);
    this.#listener = shared.acquire(listenerKey('tcp', at, this.family, this.port), make);
  }

  /** Where nothing is to be reached, and nothing has the port: looks whether connections come as far as there. */
  #watchVacant(namespace: string): void {
    requireNamespace(namespace);
    const { probe, reactor, shared } = this.context;
    const place = { namespace, protocol: 'tcp', target: this.target, port: this.port } as const;
    if (probe.reachable || listeningAt(place).length > 0) return;
    const make = (): TcpWatch => new TcpWatch(reactor, namespace, this.family, this.port);
    this.#watch = shared.acquire(listenerKey('tcp-watch', namespace, this.family, this.port), make);
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
    // A connection that was reset, or closed, had been made.
    if (errno === 0 || code === 'ECONNRESET' || code === 'EPIPE') {
      const rttMs = handshake(connection) ?? monotonic() - connection.started;
      this.#drop(sequence, connection);
      this.answered(sequence, rttMs);
      return;
    }
    // What a router said of it says more.
    this.#icmp?.drain();
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

  close(): void {
    const { probe, shared } = this.context;
    for (const [sequence, connection] of this.#connections) this.#drop(sequence, connection);
    if (this.#icmp !== undefined) {
      this.#icmp = undefined;
      shared.release(icmpKey(this.context, this.family));
    }
    if (this.#watch !== undefined) {
      this.#watch = undefined;
      shared.release(listenerKey('tcp-watch', probe.toNamespace!, this.family, this.port));
    }
    if (this.#listener !== undefined) {
      this.#listener = undefined;
      shared.release(listenerKey('tcp', probe.toNamespace!, this.family, this.port));
    }
  }
}

/** The time from SYN to its acknowledgement, in milliseconds, as the kernel measured it. */
function handshake({ fd }: Connection): number | undefined {
  const info = new Uint8Array(TCPI_RTT + 4);
  if (libc.getsockoptInto(fd, IPPROTO_TCP, TCP_INFO, info) < info.length) return undefined;
  const microseconds = new Uint32Array(info.buffer, TCPI_RTT, 1)[0]!;
  return microseconds === 0 ? undefined : microseconds / 1000;
}
