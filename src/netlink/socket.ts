import {
  AF_NETLINK,
  libc,
  MSG_DONTWAIT,
  MSG_PEEK,
  MSG_TRUNC,
  SIOCGSKNS,
  SOCK_CLOEXEC,
  SOCK_RAW,
  SyscallError,
} from '../ffi/index.ts';
import { align4, Bytes, DecodeError, LITTLE_ENDIAN, Writer, type Codec } from '../wire/index.ts';
import { offendingAttribute, readAcknowledgement } from './acknowledgement.ts';
import { KERNEL } from './address.ts';
import { Batch, type BatchOptions } from './batch.ts';
import {
  NETLINK_CAP_ACK,
  NETLINK_EXT_ACK,
  NETLINK_GET_STRICT_CHK,
  NETLINK_ROUTE,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSG_HEADER_SIZE,
  SOL_NETLINK,
} from './constants.ts';
import { debugging, debugReceived, debugValue } from './debug.ts';
import { DumpInterruptedError, NetlinkError } from './error.ts';
import type { Received } from './received.ts';

/** A request to the kernel. */
export interface Request<Q> {
  readonly type: number;
  readonly codec: Codec<Q>;
  readonly value: Q;
  /** Completes "cannot …" in an error message: `list the routes`. */
  readonly operation: string;
}

/** In bytes: twice the largest datagram of a dump (32 KiB since Linux 4.6). */
const INITIAL_BUFFER = 65536;

/** After this many interrupted dumps in a row, the tables change all the time: give up. */
const DUMP_ATTEMPTS = 16;

/*
 * All sockets share one receive buffer: each datagram is decoded synchronously after its receive, and decoded values
 * hold copies.
 */
let shared = new Bytes(new Uint8Array(INITIAL_BUFFER));

/**
 * A netlink socket. It belongs to the network namespace that the thread was in when it opened the socket. All calls are
 * synchronous: the kernel replies before send(2) returns.
 */
export class NetlinkSocket implements Disposable {
  readonly fd: number;
  readonly protocol: number;
  #sequence = 0;
  #closed = false;

  private constructor(fd: number, protocol: number) {
    this.fd = fd;
    this.protocol = protocol;
  }

  /**
   * Opens a socket in the calling thread's network namespace.
   * @param protocol NETLINK_ROUTE or NETLINK_NETFILTER
   * @throws SyscallError
   */
  static open(protocol: number): NetlinkSocket {
    const fd = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
    try {
      libc.setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
      libc.setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
      if (protocol === NETLINK_ROUTE) strictChecks(fd);
      // With CAP_NET_ADMIN in the namespace, other processes could send to this socket. Once it is connected to the
      // kernel, it accepts messages from the kernel only.
      libc.connect(fd, KERNEL);
      return new NetlinkSocket(fd, protocol);
    } catch (error) {
      libc.close(fd);
      throw error;
    }
  }

  /** Reserves `count` consecutive sequence numbers and returns the first. */
  takeSequences(count: number): number {
    if (this.#sequence + count > 0xffff_ffff) this.#sequence = 0;
    const first = this.#sequence + 1;
    this.#sequence += count;
    return first;
  }

  /** Returns an empty batch, to send many messages at once. */
  batch(options?: BatchOptions): Batch {
    return new Batch(this, options);
  }

  /** Returns a descriptor of the socket's network namespace; the caller closes it. */
  openNamespace(): number {
    return libc.ioctl(this.fd, SIOCGSKNS, 0);
  }

  /** The buffer that holds the messages of {@link receive}. */
  get buffer(): Bytes {
    return shared;
  }

  /**
   * Requests one object and decodes the reply.
   * @throws NetlinkError ENOENT, ENODEV … when there is no such object
   */
  get<Q, A>(request: Request<Q>, reply: Codec<A>): A {
    return this.find(request, reply)!;
  }

  /**
   * Like {@link get}, but returns undefined when the kernel replies with one of the errnos `absent`. Where a missing
   * object is common, an exception would cost more than the request.
   * @throws NetlinkError
   */
  find<Q, A>(request: Request<Q>, reply: Codec<A>, ...absent: readonly number[]): A | undefined {
    const sequence = this.#send(request, 0);
    let value: A | undefined;
    let done = false;
    for (;;) {
      this.receive((message) => {
        if (message.sequence !== sequence) return;
        done = true;
        if (message.type === NLMSG_ERROR) {
          const { errno } = readAcknowledgement(shared, message.start, message.end, message.flags);
          if (absent.includes(errno)) return;
          throw this.#errorOf(request, message);
        }
        value = reply.read(shared, message.start, message.end);
        if (debugging) debugValue(value);
      }, true);
      if (done) return value;
    }
  }

  /**
   * Requests all objects (NLM_F_DUMP) and decodes each. Repeats a dump that the kernel marks as interrupted.
   * @param wanted called with each payload before it is decoded: false skips it
   * @throws NetlinkError, DecodeError, DumpInterruptedError
   */
  dump<Q, A>(request: Request<Q>, reply: Codec<A>, wanted?: (from: Bytes, start: number, end: number) => boolean): A[] {
    let values: A[] = [];
    this.dumpRaw(
      request,
      (from, start, end) => {
        if (wanted?.(from, start, end) === false) return;
        const value = reply.read(from, start, end);
        if (debugging) debugValue(value);
        values.push(value);
      },
      () => {
        values = [];
      },
    );
    return values;
  }

  /**
   * Like {@link dump}, but passes each payload to `visit` undecoded.
   * @param restart called before a dump is repeated: payloads visited so far are void
   */
  dumpRaw<Q>(request: Request<Q>, visit: (from: Bytes, start: number, end: number) => void, restart: () => void): void {
    for (let attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
      if (attempt > 0) restart();
      if (this.#dumpOnce(request, visit)) return;
    }
    throw new DumpInterruptedError(request.operation, DUMP_ATTEMPTS);
  }

  /** Returns false when the dump was interrupted, or when a datagram exceeded the buffer, which has then grown. */
  #dumpOnce<Q>(request: Request<Q>, visit: (from: Bytes, start: number, end: number) => void): boolean {
    const sequence = this.#send(request, NLM_F_DUMP);
    let done = false;
    let complete = true;
    const read = (): boolean =>
      this.receive((message) => {
        if (message.sequence !== sequence) return;
        if ((message.flags & NLM_F_DUMP_INTR) !== 0) complete = false;
        if (message.type === NLMSG_DONE) {
          done = true;
          const errno = message.end - message.start >= 4 ? -shared.view.getInt32(message.start, LITTLE_ENDIAN) : 0;
          if (errno > 0) throw this.#errorOf(request, message);
        } else if (message.type === NLMSG_ERROR) throw this.#errorOf(request, message);
        else if (complete) visit(shared, message.start, message.end);
      });
    try {
      for (;;) {
        if (!read()) {
          // The lost datagram may have been the last one, with NLMSG_DONE.
          this.receiveRest();
          return false;
        }
        if (done) return complete;
      }
    } catch (error) {
      // Read the dump to its end: until then the kernel refuses another one (EBUSY).
      this.receiveRest();
      throw error;
    }
  }

  #send<Q>(request: Request<Q>, flags: number): number {
    const batch = this.batch();
    batch.add(request.type, flags, request.codec, request.value, request.operation);
    return batch.sendWithoutAcknowledgement();
  }

  #errorOf<Q>(request: Request<Q>, message: Received): NetlinkError {
    const ack = readAcknowledgement(shared, message.start, message.end, message.flags);
    const writer = new Writer();
    writer.reserve(NLMSG_HEADER_SIZE);
    request.codec.write(writer, request.value);
    const attribute = offendingAttribute(ack, request.codec, new Bytes(writer.written()), 0, writer.length);
    return new NetlinkError({
      operation: request.operation,
      errno: ack.errno,
      ...(ack.message === undefined ? {} : { kernelMessage: ack.message }),
      ...(attribute === undefined ? {} : { attribute }),
    });
  }

  /**
   * Receives one datagram and calls `visit` for each message.
   * @param peek get the datagram's size first (MSG_PEEK), and grow the buffer to hold it
   * @returns false when the datagram exceeded the buffer and is lost; the buffer has grown for the next one
   * @throws DecodeError when a message exceeds the datagram; SyscallError ENOBUFS when the kernel dropped messages
   */
  receive(visit: (message: Received) => void, peek = false): boolean {
    if (peek) growTo(libc.recv(this.fd, shared.u8, MSG_PEEK | MSG_TRUNC));
    const n = libc.recv(this.fd, shared.u8, MSG_TRUNC);
    if (n > shared.length) {
      growTo(n);
      return false;
    }
    forEachMessage(shared, n, visit);
    return true;
  }

  /** Receives all datagrams that are available without waiting. Reading a dump makes the kernel send the rest of it. */
  receiveRest(visit: (message: Received) => void = () => {}): void {
    for (;;) {
      try {
        const n = libc.recv(this.fd, shared.u8, MSG_DONTWAIT | MSG_TRUNC);
        if (n <= shared.length) forEachMessage(shared, n, visit);
      } catch (error) {
        if (!(error instanceof SyscallError)) throw error;
        if (error.code === 'EAGAIN') return;
        if (error.code !== 'ENOBUFS') throw error;
      }
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Closes the socket. Does nothing when it is already closed. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    libc.close(this.fd);
  }
}

function growTo(bytes: number): void {
  if (bytes > shared.length) shared = new Bytes(new Uint8Array(align4(2 * bytes)));
}

function strictChecks(fd: number): void {
  try {
    libc.setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
  } catch (error) {
    // Linux before 4.20 does not filter dumps. Everything else is the same.
    if (!(error instanceof SyscallError && error.code === 'ENOPROTOOPT')) throw error;
  }
}

/** Calls `visit` for each message of a datagram. @throws DecodeError when a message exceeds the datagram */
export function forEachMessage(from: Bytes, length: number, visit: (message: Received) => void): void {
  if (debugging) debugReceived(from, length);
  const view = from.view;
  let at = 0;
  while (at + NLMSG_HEADER_SIZE <= length) {
    const size = view.getUint32(at, LITTLE_ENDIAN);
    if (size < NLMSG_HEADER_SIZE || at + size > length) {
      throw new DecodeError('a netlink header', at, `a message of ${size} bytes in the ${length - at} left`);
    }
    visit({
      type: view.getUint16(at + 4, LITTLE_ENDIAN),
      flags: view.getUint16(at + 6, LITTLE_ENDIAN),
      sequence: view.getUint32(at + 8, LITTLE_ENDIAN),
      start: at + NLMSG_HEADER_SIZE,
      end: at + size,
    });
    at = align4(at + size);
  }
}
