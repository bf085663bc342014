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

/** Bytes of a probe's datagram: the sender's mark, 8, the packet's number, 1, and zeros. */
export const UDP_PAYLOAD = 16;

export interface UdpSender {
  readonly mark: Uint8Array;
  /** A packet came as far as the program that has the port. */
  arrived(): void;
  /** The responder kept packet `sequence` for so long. */
  held(sequence: number, microseconds: number): void;
}

export const datagramMark = (packet: Uint8Array): string => Buffer.from(packet.subarray(0, 8)).toString('hex');
export const datagramSequence = (packet: Uint8Array): number => packet[8] ?? 0;

const UDP_HEADER = 8;

/**
 * Answers datagrams on a port that is free, with what they say. Where a program has the port, or a service is meant to, it
 * only looks on, through a raw socket, which is given its copy of a datagram when the program is (raw(7)): after all filters.
 */
export class UdpResponder {
  /** False when a program has the port, or a service is meant to. */
  readonly own: boolean;
  readonly #served: boolean;
  readonly #reactor: Reactor;
  readonly #namespace: string;
  readonly #family: Family;
  readonly #port: number;
  readonly #senders = new Map<string, UdpSender>();
  /** By address: a socket that is bound to one answers from it, whatever the routes say. */
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

  /** Whether the datagrams to another's port are seen; it takes CAP_NET_RAW. */
  get watches(): boolean {
    return this.#watches;
  }

  /** Whether no program has the port, though a service is meant to. */
  isVacant(target: Ip): boolean {
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
      this.#reactor.watch(fd, () => this.#answer(fd)),
    );
  }

  forget(sender: UdpSender): void {
    this.#senders.delete(datagramMark(sender.mark));
  }

  /** A socket bound to an address here, or to all when it is somewhere else; undefined when the port is taken. */
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

  #answer(fd: number): void {
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
      // An answer that cannot be sent is an answer that does not arrive.
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
        // What arrived may have been all that was waited for.
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
