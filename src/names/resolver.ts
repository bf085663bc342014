import { domainToASCII } from 'node:url';
import { familyOf, isIp, parseIp, type Family, type Ip } from '../addr/index.ts';
import { addressesFor, CLASS_IN, RecordType, ResponseCode, type Message } from '../dns/index.ts';
import { libc, SOCK_DGRAM, SyscallError } from '../ffi/index.ts';
import { openSocket, sockaddr, type Place } from '../sockets/index.ts';
import { NameError } from './error.ts';
import { ask, DNS_PORT } from './exchange.ts';
import type { NameFiles } from './parsed-file.ts';
import type { ResolvConf } from './resolv-conf.ts';

/** How `node.resolve()` looks a name up. */
export interface LookupOptions {
  /** Addresses of this family alone. */
  readonly family?: Family;
  readonly signal?: AbortSignal;
}

/** What a server says of a name: none when there is no such name, or nothing of the kind that was asked for. */
interface Found {
  readonly addresses: readonly Ip[];
}

const LOCALHOST = /(^|\.)localhost$/;
const LOOPBACK = [parseIp('127.0.0.1'), parseIp('::1')];

/**
 * Finds the addresses of names as a program in a node does: in its hosts file, then from its name servers, asked from
 * the node's network. Neither the C library's resolver nor Node's can be used for that: they ask from other threads, or
 * from later turns of the event loop, which are not in the node.
 */
export class Resolver {
  readonly #place: Place;
  readonly #files: NameFiles;

  constructor(place: Place, files: NameFiles) {
    this.#place = place;
    this.#files = files;
  }

  /**
   * The addresses of a name, at least one, in the order in which to try them.
   * @throws NameError ENOTFOUND, EAI_AGAIN; the signal's reason
   */
  async lookup(hostname: string, options: LookupOptions = {}): Promise<Ip[]> {
    const { family, signal } = options;
    signal?.throwIfAborted();
    const wanted = (addresses: readonly Ip[]): Ip[] =>
      addresses.filter((address) => family === undefined || familyOf(address) === family);
    const found = (addresses: readonly Ip[]): Ip[] => {
      if (addresses.length > 0) return [...addresses];
      throw new NameError('ENOTFOUND', hostname, `name not found${family === undefined ? '' : ` in IPv${family}`}`);
    };
    if (isIp(hostname)) return found(wanted([parseIp(hostname)]));
    const complete = hostname.endsWith('.');
    const name = domainToASCII(complete ? hostname.slice(0, -1) : hostname).toLowerCase();
    if (name === '') return found([]);
    const inFile = wanted(this.#files.hosts.addresses.get(name) ?? []);
    if (inFile.length > 0) return inFile;
    // RFC 6761, section 6.3: never a question for a name server.
    if (LOCALHOST.test(name)) return found(wanted(LOOPBACK));

    const conf = this.#files.resolvConf;
    const types = family === undefined ? [RecordType.AAAA, RecordType.A] : [TYPE_OF[family]];
    let unanswered: PromiseRejectedResult | undefined;
    const tried = complete ? [name] : candidates(name, conf);
    for (const candidate of tried) {
      const answers = await Promise.allSettled(types.map((type) => this.#query(candidate, type, conf, signal)));
      signal?.throwIfAborted();
      const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value.addresses : []));
      if (addresses.length > 0) return this.#reachableFirst(addresses);
      // As in the C library: a name that was asked for as it is first is as good as its answer.
      if (candidate === name || tried[0] !== name)
        unanswered ??= answers.find((answer) => answer.status === 'rejected');
    }
    if (unanswered === undefined) return found([]);
    const { message } = unanswered.reason as Error;
    const servers = conf.nameservers.join(', ');
    throw new NameError('EAI_AGAIN', hostname, `no name server (${servers}) answered: ${message}`, {
      cause: unanswered.reason,
    });
  }

  get nameservers(): readonly Ip[] {
    return this.#files.resolvConf.nameservers;
  }

  /** The first name that the node's hosts file has for an address. */
  nameOf(address: Ip): string | undefined {
    return this.#files.hosts.names.get(address);
  }

  /** Asks the servers in turn until one knows. */
  async #query(name: string, type: number, conf: ResolvConf, signal: AbortSignal | undefined): Promise<Found> {
    let failure: unknown;
    for (let attempt = 0; attempt < conf.attempts; attempt++) {
      for (const server of conf.nameservers) {
        try {
          const question = { name, type, class: CLASS_IN };
          const answer = await withTimeout(conf.timeout, signal, (limit) =>
            ask(this.#place, { address: server, port: DNS_PORT, tcp: conf.tcp }, question, { signal: limit }),
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

  /** Those that there is a route to come first (RFC 6724, section 6, rule 1), those of IPv6 among them. */
  #reachableFirst(addresses: readonly Ip[]): Ip[] {
    const reachable = new Set(addresses.filter((address) => hasRoute(this.#place, address)));
    return [...addresses.filter((ip) => reachable.has(ip)), ...addresses.filter((ip) => !reachable.has(ip))];
  }
}

const TYPE_OF = { 4: RecordType.A, 6: RecordType.AAAA } as const;

/** In which forms a name is asked for: see resolv.conf(5), `search` and `ndots`. */
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

/** Runs `fn` with a signal that is raised after `milliseconds`, and when the other one is. */
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
