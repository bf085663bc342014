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

/** A name server, and how to reach it. */
export interface NameServer {
  readonly address: Ip;
  readonly port: number;
  /** Query it over TCP only. Otherwise TCP is used only for answers that are too long for UDP. */
  readonly tcp?: boolean;
  /** Opens the TCP connection to it. If absent, the connection goes to its address, from the place. */
  readonly dial?: (signal: AbortSignal) => Promise<Socket>;
}

export interface ExchangeOptions {
  /** Aborts the exchange. It is the timeout, too. */
  readonly signal: AbortSignal;
  /** The largest UDP datagram to accept, in octets (EDNS, RFC 6891). If absent, the query has no OPT record: 512. */
  readonly udpSize?: number;
}

/**
 * Sends one query to one server over UDP, and again over TCP if the answer is truncated. Datagrams that do not answer
 * the query, or come from another address, are ignored.
 * @throws Node's error or SyscallError if the server cannot be reached; DnsError; the signal's reason
 */
export async function queryServer(
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

/**
 * Opens a new socket for each query: the kernel gives it a random port, which an attacker must guess as well as the
 * random id.
 */
function askUdp(place: Place, { address, port }: NameServer, query: Message, signal: AbortSignal): Promise<Message> {
  signal.throwIfAborted();
  const family = familyOf(address);
  // Connected: the socket receives no datagrams from other addresses, and a closed port is an error at once
  // (ECONNREFUSED).
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
      const message = parseAnswer(query, bytes);
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
    const message = parseAnswer(query, await firstMessage(socket));
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

/** Parses `bytes`. Returns undefined if they do not answer the query: such a message can be forged or late. */
function parseAnswer(query: Message, bytes: Uint8Array): Message | undefined {
  let message: Message;
  try {
    message = readMessage(bytes);
  } catch (error) {
    if (error instanceof DnsError) return undefined;
    throw error;
  }
  const [expected] = query.questions;
  const [question, ...others] = message.questions;
  const matches =
    message.response &&
    message.id === query.id &&
    message.opcode === query.opcode &&
    others.length === 0 &&
    question?.name === expected!.name &&
    question.type === expected!.type &&
    question.class === CLASS_IN;
  return matches ? message : undefined;
}
