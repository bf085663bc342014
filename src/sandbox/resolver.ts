import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Server as TcpServer, type Socket } from 'node:net';
import { familyOf, parseIp, type Ip } from '../addr/index.ts';
import { NetwrightError } from '../base/index.ts';
import {
  addressesFor,
  CLASS_IN,
  DnsError,
  frame,
  readFrame,
  readMessage,
  RecordType,
  ResponseCode,
  writeMessage,
  type Answer,
  type Message,
  type Question,
} from '../dns/index.ts';
import type { EgressRule } from '../topology/index.ts';
import type { DeniedName } from './denial.ts';
import type { NamePolicy } from './names.ts';
import { isOnLoopback } from './options.ts';
import { firstAnswer, type NameServer } from '../names/index.ts';
import type { Place } from '../sockets/index.ts';

export interface ResolverOptions {
  /** Bound to port 53 in the sandbox; the second listens. They are the resolver's to close. */
  readonly sockets: { readonly udp: number; readonly tcp: number };
  readonly policy: NamePolicy;
  /** As they are when they are asked. */
  readonly servers: () => readonly NameServer[];
  /** What the machine knows by itself of a name (hosts(5)). */
  readonly inHosts: (name: string) => readonly Ip[] | undefined;
  /** Families that the sandbox has a way out in. */
  readonly families: readonly (4 | 6)[];
  /** Lets the addresses of a name through for so many seconds. */
  readonly open: (rules: readonly EgressRule[], addresses: readonly Ip[], seconds: number, name: string) => void;
  readonly onDenied: (denial: Pick<DeniedName, 'name' | 'type' | 'reason' | 'addresses'>, from: QueryOrigin) => void;
}

/** Who asked: by which protocol, and from which port of the sandbox's. */
export interface QueryOrigin {
  readonly protocol: 'udp' | 'tcp';
  readonly port: number;
}

/** Seconds: an answer is never good for less, nor for more, however long its owner says. */
const TTL_MIN = 1;
const TTL_MAX = 3600;
/** How long its addresses stay open after that, for who has just been told them. */
const GRACE = 2;

/** What a client that says nothing of it takes in a datagram; and at most. */
const UDP_DEFAULT = 512;
const UDP_MAX = 1232;

/** Questions under way at a time, connections, and the longest question: names are short. */
const QUESTIONS_MAX = 128;
const CONNECTIONS_MAX = 32;
const QUERY_MAX = 1024;
const IDLE = 15_000;
/** How many refused names are remembered. */
const REFUSED_MAX = 1000;
/** Bytes of answers that a connection may leave unread. */
const UNREAD_MAX = 65536;

const TYPES: Readonly<Record<number, string>> = {
  1: 'A',
  2: 'NS',
  5: 'CNAME',
  6: 'SOA',
  10: 'NULL',
  12: 'PTR',
  15: 'MX',
  16: 'TXT',
  28: 'AAAA',
  33: 'SRV',
  64: 'SVCB',
  65: 'HTTPS',
  255: 'ANY',
};

/** Asked for by programs that go on without: not worth telling of. */
const USUAL = new Set<number>([RecordType.SVCB, RecordType.HTTPS]);

/**
 * The sandbox's name server. It answers for allowed names only, with addresses and aliases only, written anew: nothing
 * else of a question or a response passes. What it answers is open before it answers.
 */
export class Resolver {
  readonly #options: ResolverOptions;
  readonly #udp: UdpSocket = createSocket('udp4');
  readonly #tcp: TcpServer = createServer();
  readonly #connections = new Set<Socket>();
  /** Under way, by name and type: whoever asks again meanwhile has the same answer. */
  readonly #asked = new Map<string, Promise<Message | undefined>>();
  #asking = 0;
  /** The names that were refused last: with domains of the search list they are tried, too, which is not worth telling of. */
  readonly #refused = new Set<string>();

  constructor(options: ResolverOptions) {
    this.#options = options;
    this.#udp.on('message', (bytes, { address, port }) => {
      void this.#answer(bytes, { protocol: 'udp', port }, (response) => {
        if (!this.#closed) this.#udp.send(response, port, address, () => {});
      });
    });
    this.#udp.on('error', () => {});
    this.#udp.bind({ fd: options.sockets.udp });
    this.#tcp.maxConnections = CONNECTIONS_MAX;
    this.#tcp.on('connection', (socket) => this.#serve(socket));
    // A connection that cannot be taken is nobody's.
    this.#tcp.listen({ fd: options.sockets.tcp }, () => this.#tcp.on('error', () => {}));
  }

  #closed = false;

  #serve(socket: Socket): void {
    this.#connections.add(socket);
    socket.on('close', () => this.#connections.delete(socket));
    socket.on('error', () => {});
    socket.setTimeout(IDLE, () => socket.destroy());
    const asker: QueryOrigin = { protocol: 'tcp', port: socket.remotePort ?? 0 };
    let received: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      for (let next = firstQuery(socket, received); next !== undefined; next = firstQuery(socket, received)) {
        received = next.rest;
        void this.#answer(next.message, asker, (response) => {
          if (socket.destroyed) return;
          socket.write(frame(response));
          // It asks, and does not listen.
          if (socket.writableLength > UNREAD_MAX) socket.destroy();
        });
      }
    });
  }

  /** Gives the response to a query; none to what is not one. */
  async #answer(bytes: Uint8Array, asker: QueryOrigin, give: (response: Uint8Array) => void): Promise<void> {
    try {
      const query = readMessage(bytes);
      if (query.response || bytes.length > QUERY_MAX) return;
      give(inRoom(query, await this.#resolve(query, asker), asker));
    } catch (error) {
      if (!(error instanceof DnsError)) throw error;
    }
  }

  async #resolve(query: Message, asker: QueryOrigin): Promise<Outcome> {
    const [question, ...more] = query.questions;
    if (query.opcode !== 0) return without(ResponseCode.notImplemented);
    if (question === undefined || more.length > 0) return without(ResponseCode.formatError);
    if (question.class !== CLASS_IN) return without(ResponseCode.refused);
    const { policy, families, onDenied } = this.#options;
    const type = TYPES[question.type] ?? `TYPE${question.type}`;
    const deny = (reason: DeniedName['reason'], addresses?: readonly Ip[]): void =>
      onDenied({ name: question.name, type, reason, ...(addresses === undefined ? {} : { addresses }) }, asker);

    if (isLocalhost(question.name)) return answerOf(question, LOOPBACKS);
    const rules = policy.rulesFor(question.name);
    if (rules.length === 0) {
      if (!this.#isExpected(question.name)) deny('not allowed');
      // That there is no such name is what programs take for an answer at once; they try again after a refusal.
      return without(ResponseCode.noSuchName);
    }
    if (question.type !== RecordType.A && question.type !== RecordType.AAAA) {
      if (!USUAL.has(question.type)) deny('record type');
      return without(ResponseCode.noError);
    }
    if (!families.includes(question.type === RecordType.A ? 4 : 6)) return without(ResponseCode.noError);
    const own = this.#options.inHosts(question.name);
    if (own !== undefined) {
      const outcome = answerOf(question, own);
      return this.#opened(
        question.name,
        rules,
        addressesOf(outcome).filter((address) => !isOnLoopback({ address })),
        outcome,
      );
    }
    if (!policy.mayAsk(question.name, rules)) {
      deny('too many names');
      return without(ResponseCode.refused);
    }
    if (this.#asking >= QUESTIONS_MAX) return without(ResponseCode.serverFailure);
    this.#asking++;
    try {
      return await this.#forward(question, rules, deny);
    } finally {
      this.#asking--;
    }
  }

  async #forward(
    question: Question,
    rules: readonly EgressRule[],
    deny: (reason: DeniedName['reason'], addresses: readonly Ip[]) => void,
  ): Promise<Outcome> {
    const { policy } = this.#options;
    const response = await this.#ask(question);
    if (response === undefined || this.#closed) return without(ResponseCode.serverFailure);
    if (response.responseCode !== ResponseCode.noError) return without(response.responseCode);
    const found = addressesFor(question, response);
    const untrue = found.addresses.filter((address) => !policy.mayLeadTo(address));
    if (untrue.length > 0) deny('private address', untrue);
    const addresses = found.addresses.filter((address) => !untrue.includes(address));
    if (addresses.length === 0) return without(ResponseCode.noError);
    const ttl = Math.min(TTL_MAX, Math.max(TTL_MIN, found.ttl));
    const answers = found.records
      .filter(({ address }) => address === undefined || addresses.includes(address))
      .map((record) => ({ ...record, ttl }));
    return this.#opened(question.name, rules, addresses, { responseCode: ResponseCode.noError, answers });
  }

  #ask(question: Question): Promise<Message | undefined> {
    const key = `${question.name} ${question.type}`;
    let response = this.#asked.get(key);
    if (response === undefined) {
      response = firstAnswer(HERE, this.#options.servers(), question).finally(() => this.#asked.delete(key));
      this.#asked.set(key, response);
    }
    return response;
  }

  /** An outcome, once its addresses are open for as long as it is good. */
  #opened(name: string, rules: readonly EgressRule[], addresses: readonly Ip[], outcome: Outcome): Outcome {
    try {
      if (addresses.length > 0) this.#options.open(rules, addresses, outcome.answers[0]!.ttl + GRACE, name);
      return outcome;
    } catch (error) {
      // What is not open is not told.
      if (error instanceof NetwrightError) return without(ResponseCode.serverFailure);
      throw error;
    }
  }

  /** Whether a refused name is another, which was asked for just now or is allowed, with a domain of the search list. */
  #isExpected(name: string): boolean {
    const { policy } = this.#options;
    const asked = policy.withoutDomain(name);
    if (asked !== undefined && (this.#refused.has(asked) || policy.rulesFor(asked).length > 0)) return true;
    if (this.#refused.size >= REFUSED_MAX) this.#refused.clear();
    this.#refused.add(name);
    return false;
  }

  /** Stops answering. */
  close(): void {
    this.#closed = true;
    this.#udp.close();
    this.#tcp.close();
    for (const socket of this.#connections) socket.destroy();
  }
}

/** What has come of a connection is closed when its next question is longer than any is. */
function firstQuery(socket: Socket, received: Buffer): ReturnType<typeof readFrame> {
  try {
    return readFrame(received, QUERY_MAX);
  } catch (error) {
    if (!(error instanceof DnsError)) throw error;
    socket.destroy();
    return undefined;
  }
}

/** Questions are passed on from this machine's own network. */
const HERE: Place = (fn) => fn();

interface Outcome {
  readonly responseCode: number;
  readonly answers: readonly Answer[];
}

/** Of names that this machine knows by itself, in seconds: they may change at any time. */
const OWN_TTL = 10;

/** The addresses of the family that was asked for. */
const answerOf = ({ name, type, class: of }: Question, addresses: readonly Ip[]): Outcome => ({
  responseCode: ResponseCode.noError,
  answers: addresses
    .filter((address) => type === (familyOf(address) === 4 ? RecordType.A : RecordType.AAAA))
    .map((address) => ({ name, type, class: of, ttl: OWN_TTL, address })),
});

const addressesOf = ({ answers }: Outcome): Ip[] => answers.flatMap(({ address }) => address ?? []);

/** RFC 6761, section 6.3; for a command that finds no hosts(5), or not this name in it. */
const LOOPBACKS = ['127.0.0.1', '::1'].map(parseIp);
const isLocalhost = (name: string): boolean => name === 'localhost' || name.endsWith('.localhost');

const without = (responseCode: number): Outcome => ({ responseCode, answers: [] });

/** The response as it fits where the query came from. */
function inRoom(query: Message, outcome: Outcome, { protocol }: QueryOrigin): Uint8Array {
  const response: Message = {
    id: query.id,
    response: true,
    opcode: query.opcode,
    truncated: false,
    recursionDesired: query.recursionDesired,
    ...outcome,
    questions: query.questions.slice(0, 1),
    ...(query.udpSize === undefined ? {} : { udpSize: UDP_MAX }),
  };
  const written = writeMessage(response);
  const room = Math.min(UDP_MAX, Math.max(UDP_DEFAULT, query.udpSize ?? 0));
  return protocol === 'tcp' || written.length <= room
    ? written
    : writeMessage({ ...response, truncated: true, answers: [] });
}
