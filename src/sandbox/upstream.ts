import { createSocket } from 'node:dgram';
import { randomInt } from 'node:crypto';
import { connect } from 'node:net';
import { familyOf, type Ip } from '../addr/index.ts';
import { CONNECTED } from '../sockets/index.ts';
import { DnsError, readMessage, ResponseCode, writeMessage, type Message, type Question } from '../dns/index.ts';

export interface Server {
  readonly address: Ip;
  readonly port: number;
  /** A UNIX socket by which to reach it over TCP: another {@link Relay}'s. */
  readonly path?: string;
  /** Ask it by TCP alone. */
  readonly tcp?: boolean;
}

/** Milliseconds until the next server is asked as well, and how often all of them are. */
const PATIENCE = 2000;
const ROUNDS = 2;
/** Milliseconds that the first to know has: as long as a C library asks, with its usual timeout and attempts (resolv.conf(5)). */
const LAST = 10_000;
const UDP_SIZE = 1232;
const TCP_MAX = 65535;

/**
 * Asks name servers, from this machine's own network, one after the other until one knows; one that is slow may still answer
 * while the next is asked. Undefined when none knows. A response is one only from the server that was asked, with the number
 * and the question that it was asked with.
 */
export function ask(question: Question, servers: readonly Server[]): Promise<Message | undefined> {
  const order = Array.from({ length: ROUNDS }, () => servers).flat();
  const over = new AbortController();
  return new Promise((resolve) => {
    let asked = 0;
    let open = 0;
    let timer: NodeJS.Timeout | undefined;
    const finish = (response?: Message): void => {
      clearTimeout(timer);
      clearTimeout(last);
      resolve(response);
      over.abort();
    };
    const last = setTimeout(finish, LAST);
    const askNext = async (): Promise<void> => {
      clearTimeout(timer);
      const server = order[asked++];
      if (server === undefined) {
        if (open === 0) finish();
        return;
      }
      timer = setTimeout(() => void askNext(), PATIENCE);
      open++;
      const response = await askOne(question, server, over.signal);
      open--;
      if (over.signal.aborted) return;
      const { responseCode } = response ?? {};
      if (responseCode === ResponseCode.noError || responseCode === ResponseCode.noSuchName) finish(response);
      else await askNext();
    };
    void askNext();
  });
}

async function askOne(question: Question, server: Server, over: AbortSignal): Promise<Message | undefined> {
  const query: Message = {
    id: randomInt(0x10000),
    response: false,
    opcode: 0,
    truncated: false,
    recursionDesired: true,
    responseCode: 0,
    questions: [question],
    answers: [],
    udpSize: UDP_SIZE,
  };
  if (server.path !== undefined || server.tcp === true) return overTcp(query, server, over);
  const response = await overUdp(query, server, over);
  return response?.truncated === true ? overTcp(query, server, over) : response;
}

/** The response in some bytes, when they are one to the query. */
function responseTo(query: Message, bytes: Uint8Array): Message | undefined {
  try {
    const message = readMessage(bytes);
    const [asked, ...more] = message.questions;
    const [wanted] = query.questions;
    const fits =
      message.response &&
      message.id === query.id &&
      more.length === 0 &&
      asked?.name === wanted!.name &&
      asked.type === wanted!.type &&
      asked.class === wanted!.class;
    return fits ? message : undefined;
  } catch (error) {
    if (error instanceof DnsError) return undefined;
    throw error;
  }
}

function overUdp(query: Message, { address, port }: Server, over: AbortSignal): Promise<Message | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(familyOf(address) === 4 ? 'udp4' : 'udp6');
    const finish = (message?: Message): void => {
      over.removeEventListener('abort', stop);
      socket.close();
      resolve(message);
    };
    const stop = (): void => finish();
    over.addEventListener('abort', stop);
    socket.once('error', stop);
    socket.on('message', (bytes) => {
      const message = responseTo(query, bytes);
      if (message !== undefined) finish(message);
    });
    // Connected, it hears that server alone.
    socket.connect(port, address, () => socket.send(writeMessage(query)));
  });
}

function overTcp(query: Message, { address, port, path }: Server, over: AbortSignal): Promise<Message | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path === undefined ? { host: address, port } : { path });
    // A relay says first that there is a connection.
    let ahead = path === undefined ? 0 : CONNECTED.length;
    let received = Buffer.alloc(0);
    const finish = (message?: Message): void => {
      over.removeEventListener('abort', stop);
      socket.destroy();
      resolve(message);
    };
    const stop = (): void => finish();
    over.addEventListener('abort', stop);
    socket.on('error', stop);
    socket.on('end', stop);
    socket.on('connect', () => socket.write(framed(writeMessage(query))));
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk.subarray(ahead)]);
      ahead = 0;
      if (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0))
        finish(responseTo(query, received.subarray(2, 2 + received.readUInt16BE(0))));
      else if (received.length > TCP_MAX + 2) finish();
    });
  });
}

/** A message as it goes over TCP, after its length (RFC 1035, section 4.2.2). */
export function framed(message: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(message.length >> 8, message.length & 0xff), message]);
}
