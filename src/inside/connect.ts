import type { Socket } from 'node:net';
import type * as tlsModule from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { familyOf, isIp, parseIp, type Family, type Ip } from '../addr/index.ts';
import { UsageError, after } from '../base/index.ts';
import type { Resolver } from '../names/index.ts';
import { checkPort, dial, type DialOptions, type Place } from '../sockets/index.ts';

/** Where `node.connect()` connects to, and how. */
export interface ConnectOptions extends DialOptions {
  /** A name, as the node knows it, or an address. */
  readonly host: string;
  /** 1 to 65,535. */
  readonly port: number;
  /** Only addresses of this family. */
  readonly family?: Family;
  /** How long finding the name and connecting may take, in milliseconds; 10,000 when absent, 0 or Infinity for as long as it takes. */
  readonly timeout?: number;
  /** Speaks TLS on the connection: true, or options of `tls.connect`. */
  readonly tls?: boolean | ConnectionOptions;
}

const TIMEOUT = 10_000;

/** How long an address has before the next is tried as well, in milliseconds (RFC 8305, section 5). */
const ATTEMPT_DELAY = 250;

/**
 * Connects to the first address of a name that answers.
 * @throws NameError; Node's error when no address answers, an AggregateError of several; the signal's reason
 */
export async function connect(place: Place, resolver: Resolver, options: ConnectOptions): Promise<Socket | TLSSocket> {
  const { host, port, family, timeout = TIMEOUT, tls = false, signal, ...dialing } = options;
  checkPort(port, 1);
  checkPort(dialing.localPort ?? 0);
  if (dialing.localAddress !== undefined) parseIp(dialing.localAddress);
  if (typeof host !== 'string') throw new UsageError('connect needs a host: a name or an address');
  if (host.includes('%'))
    throw new UsageError(`${host}: addresses with a zone are supported only in programs and workers in the node`);
  // Loaded when it is needed: it is the largest part of Node's network modules.
  const tlsLoaded = tls === false ? undefined : await import('node:tls');
  const controller = new AbortController();
  const abort = (): void => controller.abort(signal!.reason);
  signal?.throwIfAborted();
  signal?.addEventListener('abort', abort, { once: true });
  const callOff =
    timeout === 0 ? undefined : after(timeout, () => controller.abort(new ConnectTimeoutError(host, port, timeout)));
  try {
    const lookup = family === undefined ? {} : { family };
    const addresses = await resolver.lookup(host, { ...lookup, signal: controller.signal });
    // What has happened by now, no listener is told of.
    controller.signal.throwIfAborted();
    const socket = await race(interleaved(addresses), controller.signal, (address, attempt) =>
      dial(place, address, port, { ...dialing, signal: attempt }),
    );
    if (controller.signal.aborted) {
      socket.destroy();
      throw controller.signal.reason;
    }
    if (tlsLoaded === undefined) return socket;
    return await secured(tlsLoaded, socket, host, typeof tls === 'object' ? tls : {}, controller.signal);
  } finally {
    callOff?.();
    signal?.removeEventListener('abort', abort);
  }
}

/** What Node calls a connection that took too long. */
class ConnectTimeoutError extends Error {
  readonly code = 'ETIMEDOUT';

  constructor(host: string, port: number, milliseconds: number) {
    super(`connect ETIMEDOUT ${host}:${port}: no reply within ${milliseconds} ms`);
    this.name = 'ConnectTimeoutError';
  }
}

/** The families by turns, beginning with that of the first address (RFC 8305, section 4). */
function interleaved(addresses: readonly Ip[]): Ip[] {
  const first = addresses.filter((address) => familyOf(address) === familyOf(addresses[0]!));
  const second = addresses.filter((address) => familyOf(address) !== familyOf(addresses[0]!));
  const longer = Math.max(first.length, second.length);
  return Array.from({ length: longer }, (_, i) => [first[i], second[i]])
    .flat()
    .filter((address) => address !== undefined);
}

/**
 * Tries one address after another, the next as soon as one fails or has taken {@link ATTEMPT_DELAY}, until one answers:
 * "happy eyeballs". What the others came to is closed.
 */
function race(
  addresses: readonly Ip[],
  signal: AbortSignal,
  attempt: (address: Ip, signal: AbortSignal) => Promise<Socket>,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const losers = new AbortController();
    const failures: unknown[] = [];
    let timer: NodeJS.Timeout | undefined;
    let next = 0;
    let settled = false;
    const settle = (): boolean => {
      if (settled) return false;
      settled = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', aborted);
      return true;
    };
    const aborted = (): void => {
      if (settle()) reject(signal.reason as Error);
      losers.abort(signal.reason);
    };
    const failed = (error: unknown): void => {
      failures.push(error);
      if (settled) return;
      if (next < addresses.length) start();
      else if (failures.length === addresses.length && settle()) reject(allFailed(failures));
    };
    const won = (socket: Socket): void => {
      if (settle()) {
        losers.abort();
        resolve(socket);
      } else socket.destroy();
    };
    const start = (): void => {
      clearTimeout(timer);
      const address = addresses[next++]!;
      if (next < addresses.length) timer = setTimeout(start, ATTEMPT_DELAY);
      attempt(address, losers.signal).then(won, failed);
    };
    signal.addEventListener('abort', aborted, { once: true });
    start();
  });
}

/** One failure as it is; of several, one error as Node makes it, with the first one's code. */
function allFailed(failures: readonly unknown[]): Error {
  if (failures.length === 1) return failures[0] as Error;
  const error = new AggregateError(failures, failures.map((one) => (one as Error).message).join('; '));
  return Object.assign(error, { code: (failures[0] as NodeJS.ErrnoException).code });
}

function secured(
  { connect: secure }: typeof tlsModule,
  socket: Socket,
  host: string,
  options: ConnectionOptions,
  signal: AbortSignal,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secured = secure({ ...(isIp(host) ? {} : { servername: host }), ...options, host, socket });
    const settle = (): void => {
      signal.removeEventListener('abort', aborted);
      secured.off('error', failed);
    };
    const failed = (error: Error): void => {
      settle();
      socket.destroy();
      reject(error);
    };
    const aborted = (): void => {
      settle();
      secured.on('error', () => {}).destroy();
      socket.destroy();
      reject(signal.reason as Error);
    };
    secured.once('error', failed);
    secured.once('secureConnect', () => {
      settle();
      resolve(secured);
    });
    signal.addEventListener('abort', aborted, { once: true });
  });
}
