import type { Family, Ip } from '../addr/index.ts';
import { ICMP6_FILTER, ICMP_FILTER, IPPROTO_ICMP, IPPROTO_ICMPV6, libc, SOCK_RAW, SOL_RAW } from '../ffi/index.ts';
import { RECEIVED_TYPES, icmpProtocol, PORT_UNREACHABLE, readIcmp, type EchoReply } from './icmp.ts';
import type { End } from './probe.ts';
import type { Reactor } from './reactor.ts';
import { ipOf, sockaddr } from '../sockets/index.ts';
import { openSocket, prepared, receiveAll } from './sockets.ts';

/** The sender of packets that ICMP messages can be about. */
export interface IcmpListener {
  readonly target: Ip;
  /** @param received when, in microseconds, from `libc.realtime` */
  replied?(reply: EchoReply, received: number): void;
  /** @param text `host unreachable from 10.0.0.1 (ICMP)` */
  refused(text: string, end: End): void;
}

/**
 * A raw ICMP socket in a namespace. It sends echo requests, and receives the ICMP errors about packets of any protocol
 * with the address of the router, which the error of a TCP or UDP socket does not include.
 */
export class IcmpSocket {
  readonly #family: Family;
  readonly #fd: number;
  readonly #close: () => void;
  readonly #listeners = new Map<string, IcmpListener>();
  #closed = false;
  #id = Math.floor(Math.random() * 65536);

  /** @throws SyscallError EPERM without CAP_NET_RAW */
  constructor(reactor: Reactor, namespace: string, family: Family) {
    this.#family = family;
    const raw = openSocket(namespace, family, SOCK_RAW, family === 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
    this.#fd = prepared(raw, (fd) => {
      // In both filters a bit that is set blocks an ICMP type.
      const filter = new Uint32Array(family === 4 ? 1 : 8).fill(0xffffffff);
      for (const type of RECEIVED_TYPES[family]) filter[type >> 5] = filter[type >> 5]! & ~(1 << (type & 31));
      const [level, name] = family === 4 ? [SOL_RAW, ICMP_FILTER] : [IPPROTO_ICMPV6, ICMP6_FILTER];
      libc.setsockopt(fd, level, name, new Uint8Array(filter.buffer));
      libc.receivedAt(fd);
    });
    this.#close = reactor.watch(this.#fd, () => this.drain());
  }

  /** An echo identifier that no other flow to the same address uses. */
  identifier(target: Ip): number {
    do this.#id = (this.#id + 1) & 0xffff;
    while (this.#listeners.has(key(icmpProtocol(target), this.#id, target)));
    return this.#id;
  }

  /** @param port the source port for TCP and UDP, the identifier for ICMP */
  listen(protocol: number, port: number, listener: IcmpListener): void {
    this.#listeners.set(key(protocol, port, listener.target), listener);
  }

  forget(protocol: number, port: number, target: Ip): void {
    this.#listeners.delete(key(protocol, port, target));
  }

  /** @throws SyscallError ENETUNREACH, EPERM … */
  send(packet: Uint8Array, to: Ip): void {
    libc.sendto(this.#fd, packet, 0, sockaddr(to, 0));
  }

  /** Passes on the messages that have arrived. Called when another socket fails, to find the reason first. */
  drain(): void {
    if (this.#closed) return;
    receiveAll(this.#fd, (packet, sender) => {
      this.#received(packet, sender);
      return this.#closed;
    });
  }

  #received(packet: Uint8Array, sender: Uint8Array): void {
    const message = readIcmp(packet, this.#family);
    if (message === undefined) return;
    const from = ipOf(sender, this.#family);
    if (message.kind === 'reply') {
      const listener = this.#listeners.get(key(icmpProtocol(from), message.id, from));
      listener?.replied?.(message, libc.receivedAt(this.#fd) ?? libc.realtime());
    } else {
      const listener = this.#listeners.get(key(message.protocol, message.port, message.destination));
      const closed = message.meaning === PORT_UNREACHABLE && from === message.destination;
      listener?.refused(`${message.meaning} from ${from} (ICMP)`, closed ? 'closed' : 'refused');
    }
  }

  close(): void {
    this.#closed = true;
    this.#close();
  }
}

const key = (protocol: number, port: number, target: Ip): string => `${protocol} ${port} ${target}`;
