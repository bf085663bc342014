import { errnoName, libc } from '../ffi/index.ts';
import { Bytes, LITTLE_ENDIAN, Writer, type AnyCodec, type Codec } from '../wire/index.ts';
import { offendingAttribute, readAcknowledgement } from './acknowledgement.ts';
import { NLM_F_ACK, NLM_F_REQUEST, NLMSG_ERROR, NLMSG_HEADER_SIZE } from './constants.ts';
import { debugging, debugSent } from './debug.ts';
import { NetlinkError } from './error.ts';
import type { Received } from './received.ts';

/** Well under the 208 KiB that a socket may send by default (net.core.wmem_default). */
const SEND_LIMIT = 96 * 1024;

/** Writers that no batch is using: most batches are small and short-lived. */
const idle: Writer[] = [];

interface Queued {
  readonly sequence: number;
  readonly start: number;
  readonly codec: AnyCodec;
  readonly operation: string | (() => string);
  readonly harmless: readonly string[];
}

/** What a batch needs of the socket it goes through. */
export interface Transport {
  readonly fd: number;
  readonly buffer: Bytes;
  nextSequence(): number;
  receive(visit: (message: Received) => void): boolean;
}

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
   * @param harmless codes of failures that are none: deleting what is gone already
   * @throws EncodeError when the value does not fit; the batch stays as it was
   */
  add<T>(
    type: number,
    flags: number,
    codec: Codec<T>,
    value: T,
    operation: string | (() => string),
    harmless: readonly string[] = [],
  ): void {
    if (this.#split && this.#writer !== undefined && this.#writer.length > SEND_LIMIT) this.send();
    const writer = (this.#writer ??= idle.pop() ?? new Writer());
    const start = writer.reserve(NLMSG_HEADER_SIZE);
    try {
      codec.write(writer, value);
    } catch (error) {
      writer.length = start;
      throw error;
    }
    const sequence = this.#socket.nextSequence();
    const view = writer.view;
    view.setUint32(start, writer.length - start, LITTLE_ENDIAN);
    view.setUint16(start + 4, type, LITTLE_ENDIAN);
    view.setUint16(start + 6, flags | NLM_F_REQUEST, LITTLE_ENDIAN);
    view.setUint32(start + 8, sequence, LITTLE_ENDIAN);
    this.#queued.push({ sequence, start, codec: codec as AnyCodec, operation, harmless });
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
    const last = queued[acknowledged]!;
    const flagsAt = last.start + 6;
    writer.view.setUint16(flagsAt, writer.view.getUint16(flagsAt, LITTLE_ENDIAN) | NLM_F_ACK, LITTLE_ENDIAN);
    try {
      this.#transmit(writer);
      const failure = this.#awaitAcknowledgement(writer, queued, last.sequence);
      if (failure !== undefined) throw failure;
    } finally {
      this.#before += queued.length;
      this.#reset(writer);
    }
  }

  /** Sends a single question, whose answer the caller reads. Returns its sequence number. */
  sendWithoutAcknowledgement(): number {
    const writer = this.#writer!;
    const { sequence } = this.#queued[0]!;
    try {
      this.#transmit(writer);
    } finally {
      this.#reset(writer);
    }
    return sequence;
  }

  #transmit(writer: Writer): void {
    if (debugging) debugSent(new Bytes(writer.written()), this.#queued);
    libc.send(this.#socket.fd, writer.u8, writer.length, 0);
  }

  #awaitAcknowledgement(writer: Writer, queued: readonly Queued[], lastSequence: number): NetlinkError | undefined {
    const socket = this.#socket;
    let first: NetlinkError | undefined;
    let done = false;
    for (;;) {
      socket.receive((message) => {
        if (message.type !== NLMSG_ERROR) return;
        const index = message.sequence - queued[0]!.sequence;
        if (message.sequence === lastSequence) done = true;
        const failed = queued[index];
        if (failed === undefined || first !== undefined) return;
        const ack = readAcknowledgement(socket.buffer, message.start, message.end, message.flags);
        if (ack.errno === 0 || failed.harmless.includes(errnoName(ack.errno))) return;
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
      });
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
