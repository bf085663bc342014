import {
  AF_NETLINK,
  growReceiveBuffer,
  libc,
  MSG_DONTWAIT,
  MSG_TRUNC,
  SOCK_CLOEXEC,
  SOCK_RAW,
  SyscallError,
} from '../ffi/index.ts';
import { align4, Bytes, DecodeError, LITTLE_ENDIAN } from '../wire/index.ts';
import { ADDRESS_SIZE, KERNEL, portOf } from './address.ts';
import { NETLINK_ADD_MEMBERSHIP, NETLINK_LISTEN_ALL_NSID, SOL_NETLINK } from './constants.ts';
import { watchReady } from './readiness.ts';
import type { Received } from './received.ts';
import { forEachMessage } from './socket.ts';

/** A message of a multicast group. */
export interface Event extends Received {
  /** The buffer that holds the payload: valid until `onEvent` returns. */
  readonly from: Bytes;
  /** The nsid of the event's namespace in the listener's; absent for the listener's own namespace. */
  readonly nsid?: number;
}

/** The events to receive, and the functions to call. */
export interface ListenerOptions {
  /** NETLINK_ROUTE or NETLINK_NETFILTER. */
  readonly protocol: number;
  /** Multicast groups, by number. */
  readonly groups: readonly number[];
  readonly onEvent: (event: Event) => void;
  /** Called when events are lost because the receive buffer was full (ENOBUFS): the state must be read again. */
  readonly onLost: () => void;
}

/** The receive buffer of the socket, in bytes: it holds the changes of a thousand nodes. */
const RECEIVE_BUFFER = 16 * 1024 * 1024;
/** The maximum number of datagrams to read before the event loop continues. */
const AT_ONCE = 1000;
/** The largest event is RTM_NEWLINK with all attributes: a few KiB. */
const INITIAL_BUFFER = 65536;
/** Room for struct cmsghdr and an int (sys/socket.h). */
const CONTROL_BUFFER = 128;
/** The offset of cmsg_level: cmsg_len, before it, is a size_t. */
const CMSG_LEVEL = 8;

/**
 * A socket that receives events of multicast groups, from the namespace of the thread that opens it and from every
 * namespace that has an nsid there (NETLINK_LISTEN_ALL_NSID of netlink(7), Linux 4.2).
 */
export class NetlinkListener {
  readonly #fd: number;
  readonly #options: ListenerOptions;
  readonly #stop: () => Promise<void>;
  readonly #sender = new Uint8Array(ADDRESS_SIZE);
  readonly #control = new Uint8Array(CONTROL_BUFFER);
  #buffer = new Bytes(new Uint8Array(INITIAL_BUFFER));

  /** @throws SyscallError EPERM without CAP_NET_ADMIN, EPROTONOSUPPORT when the kernel does not have the protocol */
  constructor(options: ListenerOptions) {
    const { protocol, groups } = options;
    this.#options = options;
    this.#fd = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
    try {
      growReceiveBuffer(this.#fd, RECEIVE_BUFFER);
      // A socket that is not bound receives no events of netfilter.
      libc.bindSocket(this.#fd, KERNEL);
      libc.setsockopt(this.#fd, SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, 1);
      for (const group of groups) libc.setsockopt(this.#fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group);
      this.#stop = watchReady(this.#fd, () => this.drain(AT_ONCE));
    } catch (error) {
      libc.close(this.#fd);
      throw error;
    }
  }

  /** Reads the events that have arrived and calls `onEvent` for each, without waiting for the event loop. */
  drain(datagrams = Infinity): void {
    for (let i = 0; i < datagrams; i++) {
      try {
        if (!this.#receive()) return;
      } catch (error) {
        // The kernel dropped events (ENOBUFS), or one cannot be decoded: its content is unknown.
        if (!(error instanceof DecodeError || (error instanceof SyscallError && error.code === 'ENOBUFS'))) throw error;
        this.#options.onLost();
      }
    }
  }

  #receive(): boolean {
    const from = this.#buffer;
    const received = libc.recvmsg(this.#fd, from.u8, this.#sender, this.#control, MSG_DONTWAIT | MSG_TRUNC);
    if (received === undefined) return false;
    // Ignore messages from other processes: with CAP_NET_ADMIN in a namespace, they can send to its groups.
    if (portOf(this.#sender) !== 0) return true;
    const { length, controlLength } = received;
    if (length > from.length) {
      this.#buffer = new Bytes(new Uint8Array(align4(2 * length)));
      this.#options.onLost();
      return true;
    }
    const nsid = this.#nsid(controlLength);
    forEachMessage(from, length, (message) => {
      this.#options.onEvent({ ...message, from, ...(nsid === undefined ? {} : { nsid }) });
    });
    return true;
  }

  #nsid(controlLength: number): number | undefined {
    if (controlLength < CMSG_LEVEL + 12) return undefined;
    const view = new DataView(this.#control.buffer);
    const level = view.getInt32(CMSG_LEVEL, LITTLE_ENDIAN);
    const type = view.getInt32(CMSG_LEVEL + 4, LITTLE_ENDIAN);
    if (level !== SOL_NETLINK || type !== NETLINK_LISTEN_ALL_NSID) return undefined;
    return view.getInt32(CMSG_LEVEL + 8, LITTLE_ENDIAN);
  }

  /** Stops listening and closes the socket. Then it no longer keeps its namespace alive. */
  async close(): Promise<void> {
    await this.#stop();
    libc.close(this.#fd);
  }
}
