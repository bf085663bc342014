import { CapabilityError } from '../base/index.ts';
import { errnoName, growSendBuffer, libc, SyscallError } from '../ffi/index.ts';
import { Bytes, LITTLE_ENDIAN, Writer, type AnyCodec, type Codec } from '../wire/index.ts';
import { offendingAttribute, readAcknowledgement } from './acknowledgement.ts';
import { NLM_F_ACK, NLM_F_REQUEST, NLMSG_ERROR, NLMSG_HEADER_SIZE } from './constants.ts';
import { debugging, debugSent } from './debug.ts';
import { NetlinkError } from './error.ts';
import type { Received } from './received.ts';

/** In bytes. Well under the 208 KiB that a socket may send by default (net.core.wmem_default). */
const SEND_LIMIT = 96 * 1024;
/**
 * Each message that fails is answered by one that takes up to 1.25 KiB of the receive buffer, and those that find no room
 * are lost: as many fit into the 208 KiB of net.core.rmem_default.
 */
const MESSAGE_LIMIT = 128;

/** How long a small message is at most, in bytes. */
const SMALL = 1024;

/** Writers that no batch is using: most batches are small and short-lived. */
const idle: Writer[] = [];

/** Failures of a message that may mean that what it asked for is so already. */
export interface AcceptedErrors {
  /** Their codes: `ENOENT`. */
  readonly codes: readonly string[];
  /** Called for each: whoever must know what the kernel holds then has to look. */
  readonly met?: () => void;
}

interface Queued {
  readonly start: number;
  readonly codec: AnyCodec;
  readonly operation: string | (() => string);
  readonly harmless: AcceptedErrors | undefined;
}

/** What a batch needs of the socket it goes through. */
export interface Transport {
  readonly fd: number;
  readonly buffer: Bytes;
  /** The first of `count` sequence numbers in a row. */
  takeSequences(count: number): number;
  receive(visit: (message: Received) => void): boolean;
  receiveRest(visit: (message: Received) => void): void;
}

/** How the requests of a batch are sent. */
export interface BatchOptions {
  /** Send what has gathered when it grows too large for one call. Off for a transaction, which must go whole. */
  readonly split?: boolean;
}

/**
 * Many messages, one system call, one acknowledgement. The kernel carries the messages out in order and reports each
 * that fails; it does not stop at a failure.
 */
export class Batch {
  readonly #socket: Transport;
  readonly #split: boolean;
  #writer: Writer | undefined;
  #queued: Queued[] = [];
  /** Messages sent before, by splitting: so that a failure's index counts from the first. */
  #before = 0;

  constructor(socket: Transport, options: BatchOptions = {}) {
    this.#socket = socket;
    this.#split = options.split ?? true;
  }

  get count(): number {
    return this.#queued.length;
  }

  /**
   * Queues a message.
   * @param operation completes "cannot …" in an error; a function when making the text would cost something
   * @param harmless failures that are not thrown: deleting what is gone already
   * @throws EncodeError when the value does not fit; the batch stays as it was
   */
  add<T>(
    type: number,
    flags: number,
    codec: Codec<T>,
    value: T,
    operation: string | (() => string),
    harmless?: AcceptedErrors,
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
    this.#queued.push({ start, codec: codec as AnyCodec, operation, harmless });
  }

  /** Sends what is queued if the next `count` messages, small ones, could not all go with it: they are to go in one call. */
  keepTogether(count: number): void {
    if (this.#queued.length + count > MESSAGE_LIMIT || (this.#writer?.length ?? 0) + count * SMALL > SEND_LIMIT)
      this.send();
  }

  /**
   * Sends what is queued and waits for the kernel's answer; the batch is empty and usable again afterwards.
   * @param acknowledged the index of the message that asks for the acknowledgement: the last, unless the last is a
   *   marker the kernel does not answer (NFNL_MSG_BATCH_END)
   * @throws NetlinkError of the first message that failed; the others were carried out
   */
  send(acknowledged = this.#queued.length - 1): void {
    const writer = this.#writer;
    if (writer === undefined || this.#queued.length === 0) return;
    const queued = this.#queued;
    const flagsAt = queued[acknowledged]!.start + 6;
    writer.view.setUint16(flagsAt, writer.view.getUint16(flagsAt, LITTLE_ENDIAN) | NLM_F_ACK, LITTLE_ENDIAN);
    try {
      const first = this.#transmit(writer);
      const failure = this.#awaitAcknowledgement(writer, queued, first, acknowledged);
      if (failure !== undefined) throw failure;
    } finally {
      this.#before += queued.length;
      this.#reset(writer);
    }
  }

  /** Sends a single question, whose answer the caller reads. Returns its sequence number. */
  sendWithoutAcknowledgement(): number {
    const writer = this.#writer!;
    try {
      return this.#transmit(writer);
    } finally {
      this.#reset(writer);
    }
  }

  /** Returns the sequence number of the first message; the others have the next ones, in order. */
  #transmit(writer: Writer): number {
    const sequence = this.#socket.takeSequences(this.#queued.length);
    this.#queued.forEach(({ start }, i) => writer.view.setUint32(start + 8, sequence + i, LITTLE_ENDIAN));
    if (debugging) debugSent(new Bytes(writer.written()), this.#queued);
    // Twice the limit is what a split batch may come to: one message more, whose length has 16 bits where it matters.
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
        if (failed.harmless?.codes.includes(errnoName(ack.errno)) === true) return failed.harmless.met?.();
        if (first !== undefined) return;
        // Of a transaction that the kernel does not even begin, its first message alone is answered.
        if (index === 0 && !this.#split) done = true;
        const end = queued[index + 1]?.start ?? writer.length;
        const attribute = offendingAttribute(ack, failed.codec, new Bytes(writer.written()), failed.start, end);
        first = new NetlinkError({
          operation: typeof failed.operation === 'string' ? failed.operation : failed.operation(),
          errno: ack.errno,
          index: this.#before + index,
          ...(ack.message === undefined ? {} : { kernelMessage: ack.message }),
          ...(attribute === undefined ? {} : { attribute }),
        });
      };
      try {
        socket.receive(visit);
      } catch (error) {
        if (!(error instanceof SyscallError && error.code === 'ENOBUFS')) throw error;
        // More failures than the receive buffer has room for. Those that it holds are the first ones.
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
