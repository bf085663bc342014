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

/** A question to the kernel: what is asked, and in whose words an error says so. */
export interface Request<Q> {
  readonly type: number;
  readonly codec: Codec<Q>;
  readonly value: Q;
  /** Completes "cannot …": `list the routes`. */
  readonly operation: string;
}

/** Twice the largest datagram the kernel builds for a dump (32 KiB since Linux 4.6). */
const INITIAL_BUFFER = 65536;

/** Tables that change under this many dumps in a row are being rewritten without pause. */
const DUMP_ATTEMPTS = 16;

/*
 * The receive buffer is shared by all sockets: every receive is followed by its decoding, without a pause, and nothing
 * decoded points into it.
 */
let shared = new Bytes(new Uint8Array(INITIAL_BUFFER));

/**
 * A netlink socket. It belongs to the network namespace of the thread that opened it, whichever that enters later.
 * All calls are synchronous: the kernel answers before `send` returns.
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
   * @param protocol NETLINK_ROUTE or NETLINK_NETFILTER.
   * @throws SyscallError
   */
  static open(protocol: number): NetlinkSocket {
    const fd = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
    try {
      libc.setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
      libc.setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
      if (protocol === NETLINK_ROUTE) strictChecks(fd);
      // Who has CAP_NET_ADMIN in the namespace may send to any netlink socket there. To one that is connected to the
      // kernel, nobody else may.
      libc.connect(fd, KERNEL);
      return new NetlinkSocket(fd, protocol);
    } catch (error) {
      libc.close(fd);
      throw error;
    }
  }

  /** The first of `count` sequence numbers in a row. */
  takeSequences(count: number): number {
    if (this.#sequence + count > 0xffff_ffff) this.#sequence = 0;
    const first = this.#sequence + 1;
    this.#sequence += count;
    return first;
  }

  /** Messages to send in one go. */
  batch(options?: BatchOptions): Batch {
    return new Batch(this, options);
  }

  /** A descriptor of the namespace the socket is in; the caller closes it. */
  openNamespace(): number {
    return libc.ioctl(this.fd, SIOCGSKNS, 0);
  }

  /** The memory that {@link receive}'s ranges refer to. */
  get buffer(): Bytes {
    return shared;
  }

  /**
   * Asks for one object and decodes the answer.
   * @throws NetlinkError (ENOENT, ENODEV … when there is no such object)
   */
  get<Q, A>(request: Request<Q>, answer: Codec<A>): A {
    return this.find(request, answer)!;
  }

  /**
   * As {@link get}, and undefined when the kernel says by certain errnos that there is no such object: where that is as
   * likely as not, an error would cost more than the question.
   * @throws NetlinkError
   */
  find<Q, A>(request: Request<Q>, answer: Codec<A>, ...absent: readonly number[]): A | undefined {
    const sequence = this.#ask(request, 0);
    let found: A | undefined;
    let done = false;
    for (;;) {
      this.receive((message) => {
        if (message.sequence !== sequence) return;
        done = true;
        if (message.type === NLMSG_ERROR) {
          const { errno } = readAcknowledgement(shared, message.start, message.end, message.flags);
          if (absent.includes(errno)) return;
          throw this.#refused(request, message);
        }
        found = answer.read(shared, message.start, message.end);
        if (debugging) debugValue(found);
      }, true);
      if (done) return found;
    }
  }

  /**
   * Asks for all objects and decodes each. A dump that the kernel marks as interrupted is started again.
   * @param wanted says of a payload, before it is decoded, whether it is
   * @throws NetlinkError, DecodeError, DumpInterruptedError
   */
  dump<Q, A>(
    request: Request<Q>,
    answer: Codec<A>,
    wanted?: (from: Bytes, start: number, end: number) => boolean,
  ): A[] {
    let found: A[] = [];
    this.dumpRaw(
      request,
      (from, start, end) => {
        if (wanted?.(from, start, end) === false) return;
        const value = answer.read(from, start, end);
        if (debugging) debugValue(value);
        found.push(value);
      },
      () => {
        found = [];
      },
    );
    return found;
  }

  /**
   * As {@link dump}, giving each message's payload undecoded; `restart` is called when what was given before is void.
   */
  dumpRaw<Q>(request: Request<Q>, visit: (from: Bytes, start: number, end: number) => void, restart: () => void): void {
    for (let attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
      if (attempt > 0) restart();
      if (this.#dumpOnce(request, visit)) return;
    }
    throw new DumpInterruptedError(request.operation, DUMP_ATTEMPTS);
  }

  /** Returns false when the dump was interrupted or did not fit the buffer, which has grown since. */
  #dumpOnce<Q>(request: Request<Q>, visit: (from: Bytes, start: number, end: number) => void): boolean {
    const sequence = this.#ask(request, NLM_F_DUMP);
    let done = false;
    let whole = true;
    const read = (): boolean =>
      this.receive((message) => {
        if (message.sequence !== sequence) return;
        if ((message.flags & NLM_F_DUMP_INTR) !== 0) whole = false;
        if (message.type === NLMSG_DONE) {
          done = true;
          const errno = message.end - message.start >= 4 ? -shared.view.getInt32(message.start, LITTLE_ENDIAN) : 0;
          if (errno > 0) throw this.#refused(request, message);
        } else if (message.type === NLMSG_ERROR) throw this.#refused(request, message);
        else if (whole) visit(shared, message.start, message.end);
      });
    try {
      for (;;) {
        if (!read()) {
          // What was lost may have been the end.
          this.receiveRest();
          return false;
        }
        if (done) return whole;
      }
    } catch (error) {
      // A dump that is not read to its end stands in the way of the next (EBUSY).
      this.receiveRest();
      throw error;
    }
  }

  #ask<Q>(request: Request<Q>, flags: number): number {
    const batch = this.batch();
    batch.add(request.type, flags, request.codec, request.value, request.operation);
    return batch.sendWithoutAcknowledgement();
  }

  #refused<Q>(request: Request<Q>, message: Received): NetlinkError {
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
   * Receives one datagram and visits its messages.
   * @param peek look first how large the datagram is, and grow the buffer to hold it
   * @returns false when the datagram was larger than the buffer and is lost; the buffer has grown for the next
   * @throws DecodeError when a length points outside the datagram; SyscallError ENOBUFS when messages were lost
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

  /** Receives what has come already, or comes by being received, as the rest of a dump; and waits for nothing. */
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

  /** Closes the socket; nothing when it is closed already. */
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
    // Before Linux 4.20 dumps cannot be filtered by the kernel; everything else is the same.
    if (!(error instanceof SyscallError && error.code === 'ENOPROTOOPT')) throw error;
  }
}

/** Visits the messages of a datagram, each length checked against what is left. */
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
