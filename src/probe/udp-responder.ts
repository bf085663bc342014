import type { Family, Ip } from '../addr/index.ts';
import {
  IPPROTO_IPV6,
  IPPROTO_UDP,
  IPV6_V6ONLY,
  libc,
  MSG_DONTWAIT,
  SOCK_DGRAM,
  SOCK_RAW,
  SyscallError,
} from '../ffi/index.ts';
import { listeningAt } from './port-owner.ts';
import { ipHeader } from './icmp.ts';
import type { Reactor } from './reactor.ts';
import { anyAddress, sockaddr } from '../sockets/index.ts';
import { openSocket, receiveAll } from './sockets.ts';

/** The size of a probe's datagram: the sender's mark (8 bytes), the packet's number (1 byte), and zeros. */
export const UDP_PAYLOAD = 16;

export interface UdpSender {
  readonly mark: Uint8Array;
  /** A packet arrived at the port. */
  arrived(): void;
  /** The responder held packet `sequence` for this long before it replied. */
  held(sequence: number, microseconds: number): void;
}

export const datagramMark = (packet: Uint8Array): string => Buffer.from(packet.subarray(0, 8)).toString('hex');
export const datagramSequence = (packet: Uint8Array): number => packet[8] ?? 0;

const UDP_HEADER = 8;

/**
 * Echoes datagrams on a free port. Where a program has the port, or a service is to have it, it only watches: its raw
 * socket receives a copy of each datagram when the program does, after all filters (raw(7)).
 */
export class UdpResponder {
  /** False if a program has the port, or a service is to have it. */
  readonly own: boolean;
  readonly #served: boolean;
  readonly #reactor: Reactor;
  readonly #namespace: string;
  readonly #family: Family;
  readonly #port: number;
  readonly #senders = new Map<string, UdpSender>();
  /** The sockets by their addresses: a bound socket replies from its address, whatever the routes are. */
  readonly #sockets = new Map<Ip, () => void>();
  #watches = false;

  constructor(reactor: Reactor, namespace: string, family: Family, port: number, served: boolean) {
    this.#reactor = reactor;
    this.#namespace = namespace;
    this.#family = family;
    this.#port = port;
    this.#served = served;
    const free = served ? undefined : this.#bound(anyAddress(family));
    this.own = free !== undefined;
    if (free !== undefined) libc.close(free);
    else this.#watch();
  }

  /** True if the raw socket is open, which takes CAP_NET_RAW. */
  get watches(): boolean {
    return this.#watches;
  }

  /** True if a service is to have the port, but no program has it. */
  isUnused(target: Ip): boolean {
    return (
      this.#served &&
      listeningAt({ namespace: this.#namespace, protocol: 'udp', target, port: this.#port }).length === 0
    );
  }

  serve(target: Ip, sender: UdpSender): void {
    this.#senders.set(datagramMark(sender.mark), sender);
    if (!this.own || this.#sockets.has(target)) return;
    const fd = this.#bound(target);
    if (fd === undefined) return;
    libc.receivedAt(fd);
    this.#sockets.set(
      target,
      this.#reactor.watch(fd, () => this.#reply(fd)),
    );
  }

  forget(sender: UdpSender): void {
    this.#senders.delete(datagramMark(sender.mark));
  }

  /**
   * A socket bound to the address, or to all addresses if the namespace does not have it; undefined if the port is
   * taken.
   */
  #bound(address: Ip): number | undefined {
    const fd = openSocket(this.#namespace, this.#family, SOCK_DGRAM, IPPROTO_UDP);
    try {
      if (this.#family === 6) libc.setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
      libc.bindSocket(fd, sockaddr(address, this.#port));
      return fd;
    } catch (error) {
      libc.close(fd);
      if (!(error instanceof SyscallError)) throw error;
      if (error.code === 'EADDRINUSE') return undefined;
      if (error.code === 'EADDRNOTAVAIL' && address !== anyAddress(this.#family))
        return this.#bound(anyAddress(this.#family));
      throw error;
    }
  }

  #reply(fd: number): void {
    try {
      receiveAll(fd, (packet, from) => {
        const received = libc.receivedAt(fd);
        if (received !== undefined) {
          this.#senders.get(datagramMark(packet))?.held(datagramSequence(packet), libc.realtime() - received);
        }
        libc.sendto(fd, packet, MSG_DONTWAIT, from);
        return false;
      });
    } catch (error) {
      // A reply that cannot be sent counts as lost.
      if (!(error instanceof SyscallError)) throw error;
    }
  }

  #watch(): void {
    let fd: number;
    try {
      fd = openSocket(this.#namespace, this.#family, SOCK_RAW, IPPROTO_UDP);
    } catch (error) {
      if (error instanceof SyscallError && error.code === 'EPERM') return;
      throw error;
    }
    this.#watches = true;
    const close = this.#reactor.watch(fd, () => {
      receiveAll(fd, (packet) => {
        const start = (this.#family === 4 ? (ipHeader(packet, 4)?.end ?? 0) : 0) + UDP_HEADER;
        if (packet.length === start + UDP_PAYLOAD) this.#senders.get(datagramMark(packet.subarray(start)))?.arrived();
        // This packet can have completed the last flow, which closes the socket.
        return this.#sockets.size === 0;
      });
    });
    this.#sockets.set(anyAddress(this.#family), close);
  }

  close(): void {
    for (const close of this.#sockets.values()) close();
    this.#sockets.clear();
  }
}
