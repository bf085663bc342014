import { CapabilityError } from '../base/index.ts';
import { errnoName, growSendBuffer, libc, SyscallError } from '../ffi/index.ts';
import { Bytes, LITTLE_ENDIAN, Writer, type AnyCodec, type Codec } from '../wire/index.ts';
import { offendingAttribute, readAcknowledgement } from './acknowledgement.ts';
import { NLM_F_ACK, NLM_F_REQUEST, NLMSG_ERROR, NLMSG_HEADER_SIZE } from './constants.ts';
import { debugging, debugSent } from './debug.ts';
import { NetlinkError } from './error.ts';
import type { Received } from './received.ts';

/** In bytes: well below the default send buffer of 208 KiB (net.core.wmem_default). */
const SEND_LIMIT = 96 * 1024;
/**
 * The kernel sends an error for each message that fails, which takes up to 1.25 KiB of the receive buffer, and drops
 * errors that do not fit. This many fit into the 208 KiB of net.core.rmem_default.
 */
const MESSAGE_LIMIT = 128;

/** The maximum size of a small message, in bytes. */
const SMALL = 1024;

/** Writers for reuse: most batches are small and short-lived. */
const idle: Writer[] = [];

/** Errors of a message that are not thrown, because they can mean that the kernel already is in the requested state. */
export interface AcceptedErrors {
  /** Errno names: `ENOENT`. */
  readonly codes: readonly string[];
  /** Called for each such error. The kernel's state is then uncertain, and can be read again. */
  readonly met?: () => void;
}

interface Queued {
  readonly start: number;
  readonly codec: AnyCodec;
  readonly operation: string | (() => string);
  readonly accepted: AcceptedErrors | undefined;
}

/** The parts of NetlinkSocket that a batch uses. */
export interface Transport {
  readonly fd: number;
  readonly buffer: Bytes;
  /** Reserves `count` consecutive sequence numbers and returns the first. */
  takeSequences(count: number): number;
  receive(visit: (message: Received) => void): boolean;
  receiveRest(visit: (message: Received) => void): void;
}

/** How the requests of a batch are sent. */
export interface BatchOptions {
  /** Send queued messages when they grow too large for one send(2). Default true; false for a transaction. */
  readonly split?: boolean;
}

/**
 * Sends many messages with one system call and one acknowledgement. The kernel processes the messages in order and
 * reports each that fails. It does not stop at an error.
 */
export class Batch {
  readonly #socket: Transport;
  readonly #split: boolean;
  #writer: Writer | undefined;
  #queued: Queued[] = [];
  /** The number of messages already sent: an error's index counts from the first message of the batch. */
  #sentBefore = 0;

  constructor(socket: Transport, options: BatchOptions = {}) {
    this.#socket = socket;
    this.#split = options.split ?? true;
  }

  get count(): number {
    return this.#queued.length;
  }

  /**
   * Queues a message.
   * @param operation completes "cannot …" in an error message; a function makes the text only for an error
   * @param accepted errors that are not thrown, such as ENOENT of a deletion
   * @throws EncodeError when the value does not fit; the batch is unchanged
   */
  add<T>(
    type: number,
    flags: number,
    codec: Codec<T>,
    value: T,
    operation: string | (() => string),
    accepted?: AcceptedErrors,
  ): void {
    if (this.#split && (this.#queued.length === MESSAGE_LIMIT || (this.#writer?.length ?? 0) > SEND_LIMIT)) this.send();
    const writer = (this.#writer ??= idle.pop() ?? new Writer());
    const start = writer.reserve(NLMSG_HEADER_SIZE);
    try {
      codec.write(writer, value);
    } catch (error) {
      writer.length = start;
      throw error;
    }
    const view = writer.view;
    view.setUint32(start, writer.length - start, LITTLE_ENDIAN);
    view.setUint16(start + 4, type, LITTLE_ENDIAN);
    view.setUint16(start + 6, flags | NLM_F_REQUEST, LITTLE_ENDIAN);
    this.#queued.push({ start, codec: codec as AnyCodec, operation, accepted });
  }

  /** Keeps the next `count` small messages in one system call: sends the queue now if they would not all fit. */
  keepTogether(count: number): void {
    if (this.#queued.length + count > MESSAGE_LIMIT || (this.#writer?.length ?? 0) + count * SMALL > SEND_LIMIT)
      this.send();
  }

  /**
   * Sends the queued messages and waits for the acknowledgement. Then the batch is empty and can be used again.
   * @param acknowledged the index of the message with NLM_F_ACK. Default is the last one, but the kernel does not
   *   acknowledge NFNL_MSG_BATCH_END
   * @throws NetlinkError of the first message that failed; the kernel has processed the others
   */
  send(acknowledged = this.#queued.length - 1): void {
    const writer = this.#writer;
    if (writer === undefined || this.#queued.length === 0) return;
    const queued = this.#queued;
    const flagsAt = queued[acknowledged]!.start + 6;
    writer.view.setUint16(flagsAt, writer.view.getUint16(flagsAt, LITTLE_ENDIAN) | NLM_F_ACK, LITTLE_ENDIAN);
    try {
      const first = this.#transmit(writer);
      const error = this.#awaitAcknowledgement(writer, queued, first, acknowledged);
      if (error !== undefined) throw error;
    } finally {
      this.#sentBefore += queued.length;
      this.#reset(writer);
    }
  }

  /** Sends a single request, whose reply the caller reads. Returns its sequence number. */
  sendWithoutAcknowledgement(): number {
    const writer = this.#writer!;
    try {
      return this.#transmit(writer);
    } finally {
      this.#reset(writer);
    }
  }

  /** Sends the messages with consecutive sequence numbers. Returns the first. */
  #transmit(writer: Writer): number {
    const sequence = this.#socket.takeSequences(this.#queued.length);
    this.#queued.forEach(({ start }, i) => writer.view.setUint32(start + 8, sequence + i, LITTLE_ENDIAN));
    if (debugging) debugSent(new Bytes(writer.written()), this.#queued);
    // A split batch never exceeds twice the limit: it is at most the limit and one more message of 64 KiB.
    if (writer.length > 2 * SEND_LIMIT) growSendBuffer(this.#socket.fd, writer.length);
    try {
      libc.send(this.#socket.fd, writer.u8, writer.length, 0);
    } catch (error) {
      if (!(error instanceof SyscallError && error.code === 'EMSGSIZE')) throw error;
      throw new CapabilityError(
        `a batch of ${writer.length} bytes exceeds the send buffer limit of this process`,
        `raise the limit: sysctl -w net.core.wmem_max=${writer.length}`,
        { cause: error },
      );
    }
    return sequence;
  }

  #awaitAcknowledgement(
    writer: Writer,
    queued: readonly Queued[],
    sequence: number,
    acknowledged: number,
  ): NetlinkError | undefined {
    const socket = this.#socket;
    let first: NetlinkError | undefined;
    let done = false;
    for (;;) {
      const visit = (message: Received): void => {
        if (message.type !== NLMSG_ERROR) return;
        const index = message.sequence - sequence;
        if (index === acknowledged) done = true;
        const failed = queued[index];
        if (failed === undefined) return;
        const ack = readAcknowledgement(socket.buffer, message.start, message.end, message.flags);
        if (ack.errno === 0) return;
        if (failed.accepted?.codes.includes(errnoName(ack.errno)) === true) return failed.accepted.met?.();
        if (first !== undefined) return;
        // When the kernel refuses to begin a transaction, it replies to the first message only.
        if (index === 0 && !this.#split) done = true;
        const end = queued[index + 1]?.start ?? writer.length;
        const attribute = offendingAttribute(ack, failed.codec, new Bytes(writer.written()), failed.start, end);
        first = new NetlinkError({
          operation: typeof failed.operation === 'string' ? failed.operation : failed.operation(),
          errno: ack.errno,
          index: this.#sentBefore + index,
          ...(ack.message === undefined ? {} : { kernelMessage: ack.message }),
          ...(attribute === undefined ? {} : { attribute }),
        });
      };
      try {
        socket.receive(visit);
      } catch (error) {
        if (!(error instanceof SyscallError && error.code === 'ENOBUFS')) throw error;
        // More errors than fit into the receive buffer. It holds the first ones.
        socket.receiveRest(visit);
        if (first === undefined) throw error;
        return first;
      }
      if (done) return first;
    }
  }

  #reset(writer: Writer): void {
    writer.clear();
    this.#queued = [];
    this.#writer = undefined;
    idle.push(writer);
  }
}
