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

/** What is kept of the packets. */
export interface CaptureOptions {
  /** How many bytes of packets are kept, the newest; 16 MiB when absent. */
  readonly limit?: number;
}

/** What is listened to: a namespace under /run/netns, and what it is called in the file. */
export interface CaptureSource {
  readonly namespace: string;
  readonly name: string;
}

const LIMIT = 16 * 1024 * 1024;
/** Longer packets, which nothing but the loopback of a generous kernel makes, are cut. */
const SNAP_LENGTH = 262_144;
/** What the kernel keeps for a namespace until it is fetched, in bytes. */
const KERNEL_BUFFER = 4 * 1024 * 1024;
/** How often packets are fetched, in milliseconds. */
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
 * Keeps the newest packets that every interface of some namespaces sends and receives (packet(7)), to be written to a
 * file. A packet on a cable is there twice: as one end sent it and as the other received it.
 */
export class Capture implements Disposable {
  readonly #limit: number;
  readonly #sources: Source[] = [];
  readonly #epoll = libc.epollCreate();
  readonly #timer: NodeJS.Timeout;
  readonly #interfaces: PcapInterface[] = [];
  readonly #indexes = new Map<string, number>();
  #packets: PcapPacket[] = [];
  /** How many of `#packets`, from the first, have made room. */
  #dropped = 0;
  #bytes = 0;
  #lost = 0;
  #closed = false;

  /** @throws SyscallError EPERM without CAP_NET_RAW, ENOENT when there is no such namespace */
  constructor(sources: readonly CaptureSource[], { limit = LIMIT }: CaptureOptions = {}) {
    this.#limit = limit;
    try {
      for (const source of sources) this.#listen(source);
    } catch (error) {
      this.#close();
      throw error;
    }
    this.#timer = setInterval(() => this.#fetch(), INTERVAL).unref();
  }

  #listen({ namespace, name }: CaptureSource): void {
    const net = openNamespace(namespace);
    let fd: number | undefined;
    try {
      const type = SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK;
      fd = within(net, () => libc.socket(AF_PACKET, type, (ETH_P_ALL << 8) & 0xffff));
      growReceiveBuffer(fd, KERNEL_BUFFER);
      // The first question makes the kernel note when packets come.
      libc.receivedAt(fd);
      libc.epollAdd(this.#epoll, fd, EPOLLIN, this.#sources.length);
      this.#sources.push({ namespace, name, fd, net, names: namesIn(net) });
    } catch (error) {
      libc.close(net);
      if (fd !== undefined) libc.close(fd);
      throw error;
    }
  }

  /** How many packets are kept. */
  get packets(): number {
    this.#fetch();
    return this.#packets.length - this.#dropped;
  }

  /** How many packets the kernel could not keep until they were fetched. */
  get lost(): number {
    this.#countLost();
    return this.#lost;
  }

  /** What is kept, in order of time, as a file of the pcapng format: its interfaces are called `NODE:INTERFACE`. */
  toPcapng(): Buffer {
    this.#fetch();
    const packets = this.#packets.slice(this.#dropped).toSorted((a, b) => a.time - b.time);
    return pcapng(this.#interfaces, packets, SNAP_LENGTH);
  }

  #fetch(): void {
    if (this.#closed) return;
    while (libc.epollWait(this.#epoll, 0, (index) => this.#receive(this.#sources[index]!)) === AT_ONCE);
  }

  /** Being asked sets the kernel's counts back to 0. */
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
        // An interface went down: the error is told once, and packets of the others go on.
        if (error.code === 'ENETDOWN') continue;
        throw error;
      }
      this.#add(source, received.length, received.address);
    }
  }

  #add(source: Source, length: number, address: Uint8Array): void {
    // struct sockaddr_ll; both machines that Netwright runs on have the lowest byte first.
    const view = new DataView(address.buffer, address.byteOffset, address.length);
    const index = view.getInt32(4, true);
    const hardware = view.getUint16(8, true);
    const outbound = view.getUint8(10) === PACKET_OUTGOING;
    // What the loopback interface sends it receives as well.
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

  /** Listens no longer; what is kept stays. */
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

/** How many events `epollWait` gives at most. */
const AT_ONCE = 256;
const buffer = new Uint8Array(SNAP_LENGTH);

function namesIn(net: number): Map<number, string> {
  return within(net, () => {
    using socket = NetlinkSocket.open(NETLINK_ROUTE);
    return new Map(getLinks(socket).map(({ index, name }) => [index, name ?? String(index)]));
  });
}
