import { ipFromBytes, ipToBytes, type Ip } from '../addr/index.ts';
import { DnsError } from './error.ts';
import { readName, writeName } from './name.ts';

/*
 * DNS messages (RFC 1035, section 4), as far as a stub resolver and a forwarder need them. All input is untrusted: an
 * attacker can have sent it.
 */

/** The record types that are used by name. */
export const RecordType = { A: 1, CNAME: 5, AAAA: 28, OPT: 41, SVCB: 64, HTTPS: 65 } as const;

/** Response codes (RFC 1035, section 4.1.1). */
export const ResponseCode = {
  noError: 0,
  formatError: 1,
  serverFailure: 2,
  noSuchName: 3,
  notImplemented: 4,
  refused: 5,
} as const;

export const CLASS_IN = 1;

export interface Question {
  /** In lower case, without the trailing dot. */
  readonly name: string;
  readonly type: number;
  readonly class: number;
}

export interface Answer {
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** Seconds. */
  readonly ttl: number;
  /** The address of an A or AAAA record. */
  readonly address?: Ip;
  /** The name that a CNAME record points to. */
  readonly target?: string;
}

export interface Message {
  readonly id: number;
  readonly response: boolean;
  readonly opcode: number;
  readonly truncated: boolean;
  readonly recursionDesired: boolean;
  readonly responseCode: number;
  readonly questions: readonly Question[];
  readonly answers: readonly Answer[];
  /**
   * The largest UDP datagram that the sender accepts, in octets (EDNS, RFC 6891). Absent without EDNS, which means 512.
   */
  readonly udpSize?: number;
}

const HEADER = 12;
/** Octets of the shortest record: a name of one octet, type, class, TTL and data length. */
const SHORTEST_RECORD = 11;

/**
 * Parses all sections of a message. Of the authority and additional sections only the EDNS size is kept.
 * @throws DnsError if the message is malformed
 */
export function readMessage(bytes: Uint8Array): Message {
  if (bytes.length < HEADER) throw new DnsError('truncated DNS message');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const flags = view.getUint16(2);
  let at = HEADER;
  const need = (octets: number): void => {
    if (at + octets > bytes.length) throw new DnsError('truncated DNS message');
  };

  const questions: Question[] = [];
  for (let i = view.getUint16(4); i > 0; i--) {
    const { name, end } = readName(bytes, at);
    at = end;
    need(4);
    questions.push({ name, type: view.getUint16(at), class: view.getUint16(at + 2) });
    at += 4;
  }

  const answers: Answer[] = [];
  let udpSize: number | undefined;
  const answerCount = view.getUint16(6);
  const count = answerCount + view.getUint16(8) + view.getUint16(10);
  if (count * SHORTEST_RECORD > bytes.length)
    throw new DnsError('the section counts of a DNS message exceed its length');
  for (let i = 0; i < count; i++) {
    const { name, end } = readName(bytes, at);
    at = end;
    need(10);
    const type = view.getUint16(at);
    const recordClass = view.getUint16(at + 2);
    const ttl = view.getUint32(at + 4);
    const length = view.getUint16(at + 8);
    at += 10;
    need(length);
    if (i < answerCount) {
      // A TTL with the highest bit set counts as 0: RFC 2181, section 8.
      const answer = { name, type, class: recordClass, ttl: ttl > 0x7fffffff ? 0 : ttl };
      answers.push({ ...answer, ...recordData(bytes, type, at, length) });
    } else if (type === RecordType.OPT) udpSize = recordClass;
    at += length;
  }
  return {
    id: view.getUint16(0),
    response: (flags & 0x8000) !== 0,
    opcode: (flags >> 11) & 0xf,
    truncated: (flags & 0x0200) !== 0,
    recursionDesired: (flags & 0x0100) !== 0,
    responseCode: flags & 0xf,
    questions,
    answers,
    ...(udpSize === undefined ? {} : { udpSize }),
  };
}

function recordData(bytes: Uint8Array, type: number, at: number, length: number): { address?: Ip; target?: string } {
  if (type === RecordType.A || type === RecordType.AAAA) {
    const family = type === RecordType.A ? 4 : 6;
    if (length !== (family === 4 ? 4 : 16)) throw new DnsError('an address in a DNS message has the wrong length');
    return { address: ipFromBytes(bytes, at, family) };
  }
  if (type !== RecordType.CNAME) return {};
  const { name, end } = readName(bytes, at);
  if (end !== at + length) throw new DnsError('a CNAME in a DNS message has the wrong length');
  return { target: name };
}

/**
 * Encodes a query, or a response of A, AAAA and CNAME records, without name compression. `udpSize` becomes an OPT
 * record.
 * @throws DnsError if a name cannot be encoded
 */
export function writeMessage(message: Message): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const { name, type, class: questionClass } of message.questions)
    parts.push(writeName(name), uint16s(type, questionClass));
  for (const answer of message.answers) {
    const data = answer.address === undefined ? writeName(answer.target ?? '') : ipToBytes(answer.address);
    const { name, type, class: answerClass, ttl } = answer;
    parts.push(writeName(name), uint16s(type, answerClass, ttl >>> 16, ttl & 0xffff, data.length), data);
  }
  if (message.udpSize !== undefined) parts.push(Uint8Array.of(0), uint16s(RecordType.OPT, message.udpSize, 0, 0, 0));
  const flags =
    (message.response ? 0x8080 : 0) |
    (message.opcode << 11) |
    (message.truncated ? 0x0200 : 0) |
    (message.recursionDesired ? 0x0100 : 0) |
    message.responseCode;
  const counts = [message.questions.length, message.answers.length, 0, message.udpSize === undefined ? 0 : 1];
  return new Uint8Array(Buffer.concat([uint16s(message.id, flags, ...counts), ...parts]));
}

function uint16s(...values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * values.length));
  values.forEach((value, i) => view.setUint16(2 * i, value));
  return new Uint8Array(view.buffer);
}
