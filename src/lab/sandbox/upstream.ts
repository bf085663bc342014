import { createSocket } from 'node:dgram';
import { randomInt } from 'node:crypto';
import { connect } from 'node:net';
import { familyOf, type Ip } from '../../addr/index.ts';
import { CONNECTED } from './relay.ts';
import { DnsError, readMessage, ResponseCode, writeMessage, type Message, type Question } from '../../dns/index.ts';

export interface Server {
  readonly address: Ip;
  readonly port: number;
  /** A UNIX socket by which to reach it over TCP: another {@link Relay}'s. */
  readonly path?: string;
}

/** Milliseconds until the next server is asked, and how often all of them are. */
const PATIENCE = 2000;
const ROUNDS = 2;
const UDP_SIZE = 1232;
const TCP_MAX = 65535;

/**
 * Asks name servers, from this machine's own network, one after the other until one knows. Undefined when none does.
 * A response is one only from the server that was asked, with the number and the question that it was asked with.
 */
export async function ask(question: Question, servers: readonly Server[]): Promise<Message | undefined> {
  for (let round = 0; round < ROUNDS; round++) {
    for (const server of servers) {
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
      let response = server.path === undefined ? await overUdp(query, server) : undefined;
      if (server.path !== undefined || response?.truncated === true) response = await overTcp(query, server);
      const { responseCode } = response ?? {};
      if (responseCode === ResponseCode.noError || responseCode === ResponseCode.noSuchName) return response;
    }
  }
  return undefined;
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

function overUdp(query: Message, { address, port }: Server): Promise<Message | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(familyOf(address) === 4 ? 'udp4' : 'udp6');
    const finish = (message?: Message): void => {
      clearTimeout(timer);
      socket.close();
      resolve(message);
    };
    const timer = setTimeout(finish, PATIENCE);
    socket.once('error', () => finish());
    socket.on('message', (bytes) => {
      const message = responseTo(query, bytes);
      if (message !== undefined) finish(message);
    });
    // Connected, it hears that server alone.
    socket.connect(port, address, () => socket.send(writeMessage(query)));
  });
}

function overTcp(query: Message, { address, port, path }: Server): Promise<Message | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path === undefined ? { host: address, port } : { path });
    // A relay says first that there is a connection.
    let ahead = path === undefined ? 0 : CONNECTED.length;
    let received = Buffer.alloc(0);
    const finish = (message?: Message): void => {
      socket.destroy();
      resolve(message);
    };
    socket.setTimeout(PATIENCE, () => finish());
    socket.on('error', () => finish());
    socket.on('end', () => finish());
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
