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
import { listen } from './readiness.ts';
import type { Received } from './received.ts';
import { forEachMessage } from './socket.ts';

/** One message of a multicast group. */
export interface Event extends Received {
  /** The memory that the payload's range is in: valid until the visitor returns. */
  readonly from: Bytes;
  /** The number by which the listener's namespace knows the one the event is of; absent when it is its own. */
  readonly nsid?: number;
}

/** Which events are heard (multicast groups, by number), and whom they are told. */
export interface ListenerOptions {
  /** NETLINK_ROUTE or NETLINK_NETFILTER. */
  readonly protocol: number;
  readonly groups: readonly number[];
  readonly onEvent: (event: Event) => void;
  /** The kernel had more to say than the socket could hold: nobody knows what was missed. */
  readonly onLost: () => void;
}

/** What a listener's socket may hold unread, in bytes: a thousand nodes' worth of changes. */
const RECEIVE_BUFFER = 16 * 1024 * 1024;
/** How many datagrams are read before the event loop goes on. */
const AT_ONCE = 1000;
/** The largest event is a link's, with all that is known of it: a few KiB. */
const INITIAL_BUFFER = 65536;
/** struct cmsghdr and an int (sys/socket.h), and room to spare. */
const CONTROL_BUFFER = 128;
/** The level, type and value of a control message follow its length, a size_t. */
const CMSG_LEVEL = 8;

/**
 * A socket that hears multicast groups of its own namespace, and of every namespace that has a number (nsid) in it:
 * NETLINK_LISTEN_ALL_NSID of netlink(7), since Linux 4.2. The thread must be in the namespace when it is opened.
 */
export class NetlinkListener {
  readonly #fd: number;
  readonly #options: ListenerOptions;
  readonly #stop: () => Promise<void>;
  readonly #sender = new Uint8Array(ADDRESS_SIZE);
  readonly #control = new Uint8Array(CONTROL_BUFFER);
  #buffer = new Bytes(new Uint8Array(INITIAL_BUFFER));

  /** @throws SyscallError EPERM without CAP_NET_ADMIN, and EPROTONOSUPPORT where the kernel has no such protocol */
  constructor(options: ListenerOptions) {
    const { protocol, groups } = options;
    this.#options = options;
    this.#fd = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
    try {
      growReceiveBuffer(this.#fd, RECEIVE_BUFFER);
      // A socket without an address hears nothing of netfilter.
      libc.bindSocket(this.#fd, KERNEL);
      libc.setsockopt(this.#fd, SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, 1);
      for (const group of groups) libc.setsockopt(this.#fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group);
      this.#stop = listen(this.#fd, () => this.drain(AT_ONCE));
    } catch (error) {
      libc.close(this.#fd);
      throw error;
    }
  }

  /** Tells of everything that has been heard so far, without waiting for the event loop. */
  drain(datagrams = Infinity): void {
    for (let i = 0; i < datagrams; i++) {
      try {
        if (!this.#receive()) return;
      } catch (error) {
        // ENOBUFS; and what cannot be read might have been anything.
        if (!(error instanceof DecodeError || (error instanceof SyscallError && error.code === 'ENOBUFS'))) throw error;
        this.#options.onLost();
      }
    }
  }

  #receive(): boolean {
    const from = this.#buffer;
    const received = libc.recvmsg(this.#fd, from.u8, this.#sender, this.#control, MSG_DONTWAIT | MSG_TRUNC);
    if (received === undefined) return false;
    // Who has CAP_NET_ADMIN in a namespace may send to its groups, too.
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

  /** Stops listening. The socket, and a namespace that nothing else holds, are gone once this has resolved. */
  async close(): Promise<void> {
    await this.#stop();
    libc.close(this.#fd);
  }
}
