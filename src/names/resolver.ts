import { domainToASCII } from 'node:url';
import { familyOf, isIp, parseIp, type Family, type Ip } from '../addr/index.ts';
import { addressesFor, CLASS_IN, RecordType, ResponseCode, type Message } from '../dns/index.ts';
import { libc, SOCK_DGRAM, SyscallError } from '../ffi/index.ts';
import { openSocket, sockaddr, type Place } from '../sockets/index.ts';
import { NameError } from './error.ts';
import { queryServer, DNS_PORT } from './exchange.ts';
import type { NameFiles } from './parsed-file.ts';
import type { ResolvConf } from './resolv-conf.ts';

/** How `node.resolve()` looks a name up. */
export interface LookupOptions {
  /** Return only addresses of this family. */
  readonly family?: Family;
  readonly signal?: AbortSignal;
}

/** The addresses in an answer: none if the name does not exist, or has no records of the type. */
interface Found {
  readonly addresses: readonly Ip[];
}

const LOCALHOST = /(^|\.)localhost$/;
const LOOPBACK = [parseIp('127.0.0.1'), parseIp('::1')];

/**
 * Resolves names as a program in a node does: from the node's hosts file, then from its name servers, which are queried
 * from the node's network namespace. The resolvers of the C library and of Node cannot do that: they query from other
 * threads, or in later turns of the event loop, which are not in that namespace.
 */
export class Resolver {
  readonly #place: Place;
  readonly #files: NameFiles;

  constructor(place: Place, files: NameFiles) {
    this.#place = place;
    this.#files = files;
  }

  /**
   * Returns the addresses of a name, at least one, in the order in which to try them.
   * @throws NameError ENOTFOUND or EAI_AGAIN; the signal's reason
   */
  async lookup(hostname: string, options: LookupOptions = {}): Promise<Ip[]> {
    const { family, signal } = options;
    signal?.throwIfAborted();
    const ofFamily = (addresses: readonly Ip[]): Ip[] =>
      addresses.filter((address) => family === undefined || familyOf(address) === family);
    const orNotFound = (addresses: readonly Ip[]): Ip[] => {
      if (addresses.length > 0) return [...addresses];
      throw new NameError('ENOTFOUND', hostname, `name not found${family === undefined ? '' : ` in IPv${family}`}`);
    };
    if (isIp(hostname)) return orNotFound(ofFamily([parseIp(hostname)]));
    const complete = hostname.endsWith('.');
    const name = domainToASCII(complete ? hostname.slice(0, -1) : hostname).toLowerCase();
    if (name === '') return orNotFound([]);
    const inFile = ofFamily(this.#files.hosts.addresses.get(name) ?? []);
    if (inFile.length > 0) return inFile;
    // RFC 6761, section 6.3: name servers are never queried for it.
    if (LOCALHOST.test(name)) return orNotFound(ofFamily(LOOPBACK));

    const conf = this.#files.resolvConf;
    const types = family === undefined ? [RecordType.AAAA, RecordType.A] : [TYPE_OF[family]];
    let unanswered: PromiseRejectedResult | undefined;
    const names = complete ? [name] : candidates(name, conf);
    for (const candidate of names) {
      const answers = await Promise.allSettled(types.map((type) => this.#query(candidate, type, conf, signal)));
      signal?.throwIfAborted();
      const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value.addresses : []));
      if (addresses.length > 0) return this.#reachableFirst(addresses);
      // As in the C library: if the name is queried as it is first, only the failure of that query counts.
      if (candidate === name || names[0] !== name)
        unanswered ??= answers.find((answer) => answer.status === 'rejected');
    }
    if (unanswered === undefined) return orNotFound([]);
    const { message } = unanswered.reason as Error;
    const servers = conf.nameservers.join(', ');
    throw new NameError('EAI_AGAIN', hostname, `no name server (${servers}) answered: ${message}`, {
      cause: unanswered.reason,
    });
  }

  get nameservers(): readonly Ip[] {
    return this.#files.resolvConf.nameservers;
  }

  /** The first name of an address in the node's hosts file. */
  nameOf(address: Ip): string | undefined {
    return this.#files.hosts.names.get(address);
  }

  /** Queries the servers in turn until one answers. */
  async #query(name: string, type: number, conf: ResolvConf, signal: AbortSignal | undefined): Promise<Found> {
    let failure: unknown;
    for (let attempt = 0; attempt < conf.attempts; attempt++) {
      for (const server of conf.nameservers) {
        try {
          const question = { name, type, class: CLASS_IN };
          const answer = await withTimeout(conf.timeout, signal, (limit) =>
            queryServer(this.#place, { address: server, port: DNS_PORT, tcp: conf.tcp }, question, { signal: limit }),
          );
          if (answer.responseCode === ResponseCode.noError) return addressesFor(question, answer);
          if (answer.responseCode === ResponseCode.noSuchName) return { addresses: [] };
          failure = new Error(`${server} failed (${nameOfCode(answer)})`);
        } catch (error) {
          signal?.throwIfAborted();
          failure = error;
        }
      }
    }
    throw failure;
  }

  /**
   * Puts the addresses that have a route first (RFC 6724, section 6, rule 1). Otherwise the order stays: IPv6 before
   * IPv4.
   */
  #reachableFirst(addresses: readonly Ip[]): Ip[] {
    const reachable = new Set(addresses.filter((address) => hasRoute(this.#place, address)));
    return [...addresses.filter((ip) => reachable.has(ip)), ...addresses.filter((ip) => !reachable.has(ip))];
  }
}

const TYPE_OF = { 4: RecordType.A, 6: RecordType.AAAA } as const;

/** The names to query for a name: see `search` and `ndots` in resolv.conf(5). */
function candidates(name: string, { search, ndots }: ResolvConf): string[] {
  const searched = search.map((domain) => `${name}.${domain.toLowerCase()}`);
  return name.split('.').length - 1 >= ndots ? [name, ...searched] : [...searched, name];
}

function hasRoute(place: Place, address: Ip): boolean {
  try {
    libc.close(openSocket(place, familyOf(address), SOCK_DGRAM, (fd) => libc.connect(fd, sockaddr(address, 53))));
    return true;
  } catch (error) {
    if (error instanceof SyscallError) return false;
    throw error;
  }
}

/** Runs `fn` with a signal that aborts after `milliseconds`, and when `signal` does. */
async function withTimeout<T>(
  milliseconds: number,
  signal: AbortSignal | undefined,
  fn: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const abort = (): void => controller.abort(signal!.reason);
  const timer = setTimeout(
    () => controller.abort(new Error(`no answer within ${milliseconds / 1000} s`)),
    milliseconds,
  );
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await fn(controller.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

const nameOfCode = ({ responseCode }: Message): string =>
  Object.entries(ResponseCode).find(([, code]) => code === responseCode)?.[0] ?? `response code ${responseCode}`;
