import type { Family } from '../addr/index.ts';
import { IPPROTO_TCP, SOCK_RAW, SyscallError } from '../ffi/index.ts';
import { ipHeader } from './icmp.ts';
import type { Reactor } from './reactor.ts';
import { openSocket, receiveAll } from './sockets.ts';

const TCP_HEADER = 20;
const SYN = 0x02;
const ACK = 0x10;

/**
 * Records which SYNs arrive at a port that nothing listens on. Its raw socket receives a copy of each packet after all
 * filters (raw(7)). A reset alone does not show whether the target or a firewall has sent it.
 */
export class TcpWatch {
  /** False without CAP_NET_RAW. */
  readonly watches: boolean;
  readonly #drain: () => void = () => undefined;
  readonly #close: () => void = () => undefined;
  readonly #sources = new Set<number>();

  constructor(reactor: Reactor, namespace: string, family: Family, port: number) {
    let fd: number;
    try {
      fd = openSocket(namespace, family, SOCK_RAW, IPPROTO_TCP);
    } catch (error) {
      if (!(error instanceof SyscallError && error.code === 'EPERM')) throw error;
      this.watches = false;
      return;
    }
    this.watches = true;
    this.#drain = () => {
      receiveAll(fd, (packet) => {
        const start = family === 4 ? (ipHeader(packet, 4)?.end ?? 0) : 0;
        const view = new DataView(packet.buffer, packet.byteOffset + start, Math.max(0, packet.length - start));
        if (view.byteLength < TCP_HEADER || view.getUint16(2) !== port) return false;
        if ((view.getUint8(13) & (SYN | ACK)) === SYN) this.#sources.add(view.getUint16(0));
        return false;
      });
    };
    this.#close = reactor.watch(fd, this.#drain);
  }

  /** True if a SYN from this source port has arrived. */
  hasSeen(source: number): boolean {
    this.#drain();
    return this.#sources.has(source);
  }

  close(): void {
    this.#close();
  }
}
