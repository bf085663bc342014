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

/** The options of {@link Resolver}. */
export interface ResolverOptions {
  /** Sockets that are bound to port 53 in the sandbox; the TCP one listens. The resolver closes them. */
  readonly sockets: { readonly udp: number; readonly tcp: number };
  readonly policy: NamePolicy;
  /** Returns the current name servers. */
  readonly servers: () => readonly NameServer[];
  /** The addresses of a name in the host's hosts(5). */
  readonly inHosts: (name: string) => readonly Ip[] | undefined;
  /** The address families in which the sandbox has an uplink. */
  readonly families: readonly (4 | 6)[];
  /** Opens the addresses of a name for some seconds. */
  readonly open: (rules: readonly EgressRule[], addresses: readonly Ip[], seconds: number, name: string) => void;
  readonly onDenied: (denial: Pick<DeniedName, 'name' | 'type' | 'reason' | 'addresses'>, from: QueryOrigin) => void;
}

/** The source of a query: its protocol, and its source port in the sandbox. */
export interface QueryOrigin {
  readonly protocol: 'udp' | 'tcp';
  readonly port: number;
}

/** Seconds: the bounds of the TTL of an answer, whatever its owner says. */
const TTL_MIN = 1;
const TTL_MAX = 3600;
/** Seconds for which the addresses stay open after the TTL, for a client that has just got the answer. */
const GRACE = 2;

/** Octets of a UDP response: for a client without EDNS, and at most. */
const UDP_DEFAULT = 512;
const UDP_MAX = 1232;

/**
 * Maximum number of pending queries and of connections, and the maximum length of a query in octets: names are short.
 */
const QUESTIONS_MAX = 128;
const CONNECTIONS_MAX = 32;
const QUERY_MAX = 1024;
/** Milliseconds until an idle connection is closed. */
const IDLE = 15_000;
/** Maximum number of refused names that are remembered. */
const REFUSED_MAX = 1000;
/** Maximum number of octets of answers that a connection may leave unread. */
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

/** Record types of optional queries: their refusal is not reported. */
const OPTIONAL_TYPES = new Set<number>([RecordType.SVCB, RecordType.HTTPS]);

/**
 * The sandbox's name server. It answers only for allowed names, and only with addresses and aliases, in messages that
 * it writes itself: no other part of a query or a response is forwarded. The addresses in an answer are open before the
 * answer is sent.
 */
export class Resolver {
  readonly #options: ResolverOptions;
  readonly #udp: UdpSocket = createSocket('udp4');
  readonly #tcp: TcpServer = createServer();
  readonly #connections = new Set<Socket>();
  /** Pending queries by name and type: a second query for the same gets the same answer. */
  readonly #pending = new Map<string, Promise<Message | undefined>>();
  #forwarding = 0;
  /**
   * The names that were refused last: programs also query them with domains of the search list, which is not reported.
   */
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
    // While it listens, errors are connections that could not be accepted: they are ignored.
    this.#tcp.listen({ fd: options.sockets.tcp }, () => this.#tcp.on('error', () => {}));
  }

  #closed = false;

  #serve(socket: Socket): void {
    this.#connections.add(socket);
    socket.on('close', () => this.#connections.delete(socket));
    socket.on('error', () => {});
    socket.setTimeout(IDLE, () => socket.destroy());
    const origin: QueryOrigin = { protocol: 'tcp', port: socket.remotePort ?? 0 };
    let received: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      for (let next = firstQuery(socket, received); next !== undefined; next = firstQuery(socket, received)) {
        received = next.rest;
        void this.#answer(next.message, origin, (response) => {
          if (socket.destroyed) return;
          socket.write(frame(response));
          // The client sends queries, but does not read the answers.
          if (socket.writableLength > UNREAD_MAX) socket.destroy();
        });
      }
    });
  }

  /** Calls `send` with the response to a query. Ignores messages that are not queries. */
  async #answer(bytes: Uint8Array, origin: QueryOrigin, send: (response: Uint8Array) => void): Promise<void> {
    try {
      const query = readMessage(bytes);
      if (query.response || bytes.length > QUERY_MAX) return;
      send(encodeFor(query, await this.#resolve(query, origin), origin));
    } catch (error) {
      if (!(error instanceof DnsError)) throw error;
    }
  }

  async #resolve(query: Message, origin: QueryOrigin): Promise<Outcome> {
    const [question, ...more] = query.questions;
    if (query.opcode !== 0) return without(ResponseCode.notImplemented);
    if (question === undefined || more.length > 0) return without(ResponseCode.formatError);
    if (question.class !== CLASS_IN) return without(ResponseCode.refused);
    const { policy, families, onDenied } = this.#options;
    const type = TYPES[question.type] ?? `TYPE${question.type}`;
    const deny = (reason: DeniedName['reason'], addresses?: readonly Ip[]): void =>
      onDenied({ name: question.name, type, reason, ...(addresses === undefined ? {} : { addresses }) }, origin);

    if (isLocalhost(question.name)) return answerOf(question, LOOPBACKS);
    const rules = policy.rulesFor(question.name);
    if (rules.length === 0) {
      if (!this.#isExpected(question.name)) deny('not allowed');
      // NXDOMAIN: programs accept it at once. After REFUSED they try again.
      return without(ResponseCode.noSuchName);
    }
    if (question.type !== RecordType.A && question.type !== RecordType.AAAA) {
      if (!OPTIONAL_TYPES.has(question.type)) deny('record type');
      return without(ResponseCode.noError);
    }
    if (!families.includes(question.type === RecordType.A ? 4 : 6)) return without(ResponseCode.noError);
    const hostAddresses = this.#options.inHosts(question.name);
    if (hostAddresses !== undefined) {
      const outcome = answerOf(question, hostAddresses);
      return this.#opened(
        question.name,
        rules,
        addressesOf(outcome).filter((address) => !isOnLoopback({ address })),
        outcome,
      );
    }
    if (!policy.mayQuery(question.name, rules)) {
      deny('too many names');
      return without(ResponseCode.refused);
    }
    if (this.#forwarding >= QUESTIONS_MAX) return without(ResponseCode.serverFailure);
    this.#forwarding++;
    try {
      return await this.#forward(question, rules, deny);
    } finally {
      this.#forwarding--;
    }
  }

  async #forward(
    question: Question,
    rules: readonly EgressRule[],
    deny: (reason: DeniedName['reason'], addresses: readonly Ip[]) => void,
  ): Promise<Outcome> {
    const { policy } = this.#options;
    const response = await this.#query(question);
    if (response === undefined || this.#closed) return without(ResponseCode.serverFailure);
    if (response.responseCode !== ResponseCode.noError) return without(response.responseCode);
    const found = addressesFor(question, response);
    const forbidden = found.addresses.filter((address) => !policy.mayResolveTo(address));
    if (forbidden.length > 0) deny('private address', forbidden);
    const addresses = found.addresses.filter((address) => !forbidden.includes(address));
    if (addresses.length === 0) return without(ResponseCode.noError);
    const ttl = Math.min(TTL_MAX, Math.max(TTL_MIN, found.ttl));
    const answers = found.records
      .filter(({ address }) => address === undefined || addresses.includes(address))
      .map((record) => ({ ...record, ttl }));
    return this.#opened(question.name, rules, addresses, { responseCode: ResponseCode.noError, answers });
  }

  #query(question: Question): Promise<Message | undefined> {
    const key = `${question.name} ${question.type}`;
    let response = this.#pending.get(key);
    if (response === undefined) {
      response = firstAnswer(OWN_NAMESPACE, this.#options.servers(), question).finally(() => this.#pending.delete(key));
      this.#pending.set(key, response);
    }
    return response;
  }

  /** Opens the addresses of an outcome for its TTL, then returns it. */
  #opened(name: string, rules: readonly EgressRule[], addresses: readonly Ip[], outcome: Outcome): Outcome {
    try {
      if (addresses.length > 0) this.#options.open(rules, addresses, outcome.answers[0]!.ttl + GRACE, name);
      return outcome;
    } catch (error) {
      // Addresses that are not open are not returned.
      if (error instanceof NetwrightError) return without(ResponseCode.serverFailure);
      throw error;
    }
  }

  /**
   * True if a refused name is another name with a domain of the search list, and that name was refused before or is
   * allowed.
   */
  #isExpected(name: string): boolean {
    const { policy } = this.#options;
    const shortName = policy.withoutDomain(name);
    if (shortName !== undefined && (this.#refused.has(shortName) || policy.rulesFor(shortName).length > 0)) return true;
    if (this.#refused.size >= REFUSED_MAX) this.#refused.clear();
    this.#refused.add(name);
    return false;
  }

  /** Closes the sockets. */
  close(): void {
    this.#closed = true;
    this.#udp.close();
    this.#tcp.close();
    for (const socket of this.#connections) socket.destroy();
  }
}

/** Reads the next query from a connection. Closes the connection if the query is too long. */
function firstQuery(socket: Socket, received: Buffer): ReturnType<typeof readFrame> {
  try {
    return readFrame(received, QUERY_MAX);
  } catch (error) {
    if (!(error instanceof DnsError)) throw error;
    socket.destroy();
    return undefined;
  }
}

/** Queries are forwarded from this process's own network namespace. */
const OWN_NAMESPACE: Place = (fn) => fn();

/** The response code and the records of a response. */
interface Outcome {
  readonly responseCode: number;
  readonly answers: readonly Answer[];
}

/** Seconds: the TTL of names in the host's hosts(5), which can change at any time. */
const OWN_TTL = 10;

/** The outcome with those addresses that have the family of the question. */
const answerOf = ({ name, type, class: of }: Question, addresses: readonly Ip[]): Outcome => ({
  responseCode: ResponseCode.noError,
  answers: addresses
    .filter((address) => type === (familyOf(address) === 4 ? RecordType.A : RecordType.AAAA))
    .map((address) => ({ name, type, class: of, ttl: OWN_TTL, address })),
});

const addressesOf = ({ answers }: Outcome): Ip[] => answers.flatMap(({ address }) => address ?? []);

/** RFC 6761, section 6.3; for a command without this name in its hosts(5). */
const LOOPBACKS = ['127.0.0.1', '::1'].map(parseIp);
const isLocalhost = (name: string): boolean => name === 'localhost' || name.endsWith('.localhost');

const without = (responseCode: number): Outcome => ({ responseCode, answers: [] });

/** Encodes the response. If it is too long for UDP, it has no answers and the TC bit. */
function encodeFor(query: Message, outcome: Outcome, { protocol }: QueryOrigin): Uint8Array {
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
  const bytes = writeMessage(response);
  const maxLength = Math.min(UDP_MAX, Math.max(UDP_DEFAULT, query.udpSize ?? 0));
  return protocol === 'tcp' || bytes.length <= maxLength
    ? bytes
    : writeMessage({ ...response, truncated: true, answers: [] });
}
