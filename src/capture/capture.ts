import {
  AF_PACKET,
  EPOLLIN,
  growReceiveBuffer,
  libc,
  MSG_DONTWAIT,
  MSG_TRUNC,
  PACKET_STATISTICS,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOL_PACKET,
  SyscallError,
} from '../ffi/index.ts';
import { NETLINK_ROUTE, NetlinkSocket } from '../netlink/index.ts';
import { openNamespace, within } from '../netns/index.ts';
import { getLinks } from '../rtnetlink/index.ts';
import { LINKTYPE_ETHERNET, LINKTYPE_RAW, pcapng, type PcapInterface, type PcapPacket } from './pcapng.ts';

/** Options of a capture. */
export interface CaptureOptions {
  /** How many bytes of packets to keep; older packets are dropped. 16 MiB when absent. */
  readonly limit?: number;
}

/** A namespace under /run/netns to capture in, and its name in the file. */
export interface CaptureSource {
  readonly namespace: string;
  readonly name: string;
}

const LIMIT = 16 * 1024 * 1024;
/** Longer packets are truncated. Only a loopback with an unusually large MTU has such packets. */
const SNAP_LENGTH = 262_144;
/** The kernel's receive buffer per namespace, in bytes. */
const KERNEL_BUFFER = 4 * 1024 * 1024;
/** The time between reads, in milliseconds. */
const INTERVAL = 20;

const ETH_P_ALL = 0x0003;
const PACKET_OUTGOING = 4;
const ARPHRD_ETHER = 1;
const ARPHRD_LOOPBACK = 772;

interface Source extends CaptureSource {
  readonly fd: number;
  readonly net: number;
  /** The names of its interfaces by their indexes. */
  names: ReadonlyMap<number, string>;
}

/**
 * Captures the packets that all interfaces of some namespaces send and receive (packet(7)), and keeps the newest. A
 * packet over a veth pair is captured twice: as sent by one end, and as received by the other.
 */
export class Capture implements Disposable {
  readonly #limit: number;
  readonly #sources: Source[] = [];
  readonly #epoll = libc.epollCreate();
  readonly #timer: NodeJS.Timeout;
  readonly #interfaces: PcapInterface[] = [];
  readonly #indexes = new Map<string, number>();
  #packets: PcapPacket[] = [];
  /** How many of `#packets`, from the first, were dropped because of the limit. */
  #dropped = 0;
  #bytes = 0;
  #lost = 0;
  #closed = false;

  /** @throws SyscallError EPERM without CAP_NET_RAW, ENOENT if a namespace does not exist */
  constructor(sources: readonly CaptureSource[], { limit = LIMIT }: CaptureOptions = {}) {
    this.#limit = limit;
    try {
      for (const source of sources) this.#open(source);
    } catch (error) {
      this.#close();
      throw error;
    }
    this.#timer = setInterval(() => this.#fetch(), INTERVAL).unref();
  }

  #open({ namespace, name }: CaptureSource): void {
    const net = openNamespace(namespace);
    let fd: number | undefined;
    try {
      const type = SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK;
      fd = within(net, () => libc.socket(AF_PACKET, type, (ETH_P_ALL << 8) & 0xffff));
      growReceiveBuffer(fd, KERNEL_BUFFER);
      // The first call enables the kernel's receive timestamps.
      libc.receivedAt(fd);
      libc.epollAdd(this.#epoll, fd, EPOLLIN, this.#sources.length);
      this.#sources.push({ namespace, name, fd, net, names: namesIn(net) });
    } catch (error) {
      libc.close(net);
      if (fd !== undefined) libc.close(fd);
      throw error;
    }
  }

  /** The number of packets that are kept. */
  get packets(): number {
    this.#fetch();
    return this.#packets.length - this.#dropped;
  }

  /** The number of packets that the kernel dropped because the receive buffer was full. */
  get lost(): number {
    this.#countLost();
    return this.#lost;
  }

  /** Returns the packets in order of time as a pcapng file, whose interfaces are named `NODE:INTERFACE`. */
  toPcapng(): Buffer {
    this.#fetch();
    const packets = this.#packets.slice(this.#dropped).toSorted((a, b) => a.time - b.time);
    return pcapng(this.#interfaces, packets, SNAP_LENGTH);
  }

  #fetch(): void {
    if (this.#closed) return;
    while (libc.epollWait(this.#epoll, 0, (index) => this.#receive(this.#sources[index]!)) === AT_ONCE);
  }

  /** Reading PACKET_STATISTICS resets the kernel's counters. */
  #countLost(): void {
    for (const { fd } of this.#closed ? [] : this.#sources) {
      const statistics = new Uint32Array(2);
      libc.getsockoptInto(fd, SOL_PACKET, PACKET_STATISTICS, new Uint8Array(statistics.buffer));
      this.#lost += statistics[1]!;
    }
  }

  #receive(source: Source): void {
    for (;;) {
      let received: { length: number; address: Uint8Array };
      try {
        received = libc.recvfrom(source.fd, buffer, MSG_DONTWAIT | MSG_TRUNC);
      } catch (error) {
        if (!(error instanceof SyscallError)) throw error;
        if (error.code === 'EAGAIN') return;
        // An interface went down: the error is returned once, and packets of the others still arrive.
        if (error.code === 'ENETDOWN') continue;
        throw error;
      }
      this.#add(source, received.length, received.address);
    }
  }

  #add(source: Source, length: number, address: Uint8Array): void {
    // struct sockaddr_ll; both supported architectures are little-endian.
    const view = new DataView(address.buffer, address.byteOffset, address.length);
    const index = view.getInt32(4, true);
    const hardware = view.getUint16(8, true);
    const outbound = view.getUint8(10) === PACKET_OUTGOING;
    // The loopback receives every packet that it sends.
    if (outbound && hardware === ARPHRD_LOOPBACK) return;
    const data = buffer.slice(0, Math.min(length, buffer.length));
    const time = libc.receivedAt(source.fd) ?? libc.realtime();
    this.#packets.push({ interface: this.#interfaceOf(source, index, hardware), time, outbound, data, length });
    this.#bytes += data.length;
    while (this.#bytes > this.#limit) this.#bytes -= this.#packets[this.#dropped++]!.data.length;
    if (this.#dropped > this.#packets.length / 2) {
      this.#packets = this.#packets.slice(this.#dropped);
      this.#dropped = 0;
    }
  }

  #interfaceOf(source: Source, index: number, hardware: number): number {
    const key = `${source.name} ${index}`;
    let position = this.#indexes.get(key);
    if (position === undefined) {
      if (!source.names.has(index)) source.names = namesIn(source.net);
      const ethernet = hardware === ARPHRD_ETHER || hardware === ARPHRD_LOOPBACK;
      position =
        this.#interfaces.push({
          name: `${source.name}:${source.names.get(index) ?? index}`,
          linkType: ethernet ? LINKTYPE_ETHERNET : LINKTYPE_RAW,
        }) - 1;
      this.#indexes.set(key, position);
    }
    return position;
  }

  /** Stops the capture. The packets are kept. */
  stop(): void {
    if (this.#closed) return;
    this.#fetch();
    this.#countLost();
    clearInterval(this.#timer);
    this.#close();
  }

  #close(): void {
    this.#closed = true;
    libc.close(this.#epoll);
    for (const { fd, net } of this.#sources) {
      libc.close(fd);
      libc.close(net);
    }
  }

  [Symbol.dispose](): void {
    this.stop();
  }
}

/** The most events that `epollWait` returns. */
const AT_ONCE = 256;
const buffer = new Uint8Array(SNAP_LENGTH);

function namesIn(net: number): Map<number, string> {
  return within(net, () => {
    using socket = NetlinkSocket.open(NETLINK_ROUTE);
    return new Map(getLinks(socket).map(({ index, name }) => [index, name ?? String(index)]));
  });
}
