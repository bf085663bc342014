import { randomInt } from 'node:crypto';
import type { Socket } from 'node:net';
import { familyOf, type Ip } from '../addr/index.ts';
import {
  CLASS_IN,
  DnsError,
  frame,
  readFrame,
  readMessage,
  ResponseCode,
  writeMessage,
  type Message,
  type Question,
} from '../dns/index.ts';
import { libc, SOCK_DGRAM } from '../ffi/index.ts';
import { adoptUdp, closedOnFailure, dial, openSocket, sockaddr, type Place } from '../sockets/index.ts';

/** The port of name servers (RFC 1035, section 4.2). */
export const DNS_PORT = 53;

/** A name server, and how it is reached. */
export interface NameServer {
  readonly address: Ip;
  readonly port: number;
  /** Ask it by TCP alone; otherwise only what UDP has no room for. */
  readonly tcp?: boolean;
  /** Makes the connection to ask it by TCP, where that is not one to its address from the place. */
  readonly dial?: (signal: AbortSignal) => Promise<Socket>;
}

export interface ExchangeOptions {
  /** Ends the exchange, when the time is up too. */
  readonly signal: AbortSignal;
  /** The largest datagram that is taken (EDNS, RFC 6891); when absent it is not said, and is 512 octets. */
  readonly udpSize?: number;
}

/**
 * Asks one server one question, by UDP, and by TCP when the answer does not fit. What does not answer the question that was
 * asked, or does not come from where it was sent to, is passed over.
 * @throws Node's or a SyscallError when the server cannot be reached; DnsError; the signal's reason
 */
export async function ask(
  place: Place,
  server: NameServer,
  question: Question,
  { signal, udpSize }: ExchangeOptions,
): Promise<Message> {
  const query: Message = {
    id: randomInt(0x10000),
    response: false,
    opcode: 0,
    truncated: false,
    recursionDesired: true,
    responseCode: ResponseCode.noError,
    questions: [question],
    answers: [],
    ...(udpSize === undefined ? {} : { udpSize }),
  };
  if (server.tcp === true) return askTcp(place, server, query, signal);
  const answer = await askUdp(place, server, query, signal);
  return answer.truncated ? askTcp(place, server, query, signal) : answer;
}

/** A new socket for each question: the kernel gives it a port at random, which is half of what a forger has to guess. */
function askUdp(place: Place, { address, port }: NameServer, query: Message, signal: AbortSignal): Promise<Message> {
  signal.throwIfAborted();
  const family = familyOf(address);
  // Connected: datagrams from elsewhere do not reach it, and a port that nobody listens on is an error at once.
  const fd = openSocket(place, family, SOCK_DGRAM, (fd) => libc.connect(fd, sockaddr(address, port)));
  const socket = closedOnFailure(fd, () => adoptUdp(fd, family));
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void): void => {
      signal.removeEventListener('abort', aborted);
      socket
        .removeAllListeners()
        .on('error', () => {})
        .close();
      settle();
    };
    const aborted = (): void => finish(() => reject(signal.reason as Error));
    signal.addEventListener('abort', aborted, { once: true });
    socket.on('error', (error) => finish(() => reject(error)));
    socket.on('message', (bytes) => {
      const message = answerTo(query, bytes);
      if (message !== undefined) finish(() => resolve(message));
    });
    try {
      const bytes = writeMessage(query);
      libc.send(fd, bytes, bytes.length, 0);
    } catch (error) {
      finish(() => {});
      throw error;
    }
  });
}

async function askTcp(place: Place, server: NameServer, query: Message, signal: AbortSignal): Promise<Message> {
  const { address, port } = server;
  const socket = await (server.dial?.(signal) ?? dial(place, address, port, { signal }));
  const destroy = (): void => void socket.destroy(signal.reason as Error);
  signal.addEventListener('abort', destroy, { once: true });
  try {
    socket.write(frame(writeMessage(query)));
    const message = answerTo(query, await firstMessage(socket));
    if (message === undefined) throw new Error(`${address} sent an answer to a different query`);
    return message;
  } finally {
    signal.removeEventListener('abort', destroy);
    socket.on('error', () => {}).destroy();
  }
}

async function firstMessage(socket: Socket): Promise<Uint8Array> {
  let received = Buffer.alloc(0);
  for await (const chunk of socket) {
    received = Buffer.concat([received, chunk as Buffer]);
    const framed = readFrame(received);
    if (framed !== undefined) return framed.message;
  }
  throw new Error('the server closed the connection without an answer');
}

/** What the bytes say if they answer the query; undefined for anything else, as a forged or late answer is. */
function answerTo(query: Message, bytes: Uint8Array): Message | undefined {
  let message: Message;
  try {
    message = readMessage(bytes);
  } catch (error) {
    if (error instanceof DnsError) return undefined;
    throw error;
  }
  const [asked] = query.questions;
  const [question, ...others] = message.questions;
  const answers =
    message.response &&
    message.id === query.id &&
    message.opcode === query.opcode &&
    others.length === 0 &&
    question?.name === asked!.name &&
    question.type === asked!.type &&
    question.class === CLASS_IN;
  return answers ? message : undefined;
}
