import type { Socket } from 'node:net';
import type * as tlsModule from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { familyOf, isIp, parseIp, type Family, type Ip } from '../addr/index.ts';
import { UsageError, after } from '../base/index.ts';
import type { Resolver } from '../names/index.ts';
import { checkPort, dial, type DialOptions, type Place } from '../sockets/index.ts';

/** The options of `node.connect()`. */
export interface ConnectOptions extends DialOptions {
  /** A name, resolved as in the node, or an address. */
  readonly host: string;
  /** 1 to 65,535. */
  readonly port: number;
  /** Use only addresses of this family. */
  readonly family?: Family;
  /** Milliseconds for the lookup and the connection together. 10,000 if absent; 0 or Infinity for no limit. */
  readonly timeout?: number;
  /** Use TLS on the connection: true, or the options of `tls.connect`. */
  readonly tls?: boolean | ConnectionOptions;
}

const TIMEOUT = 10_000;

/** Milliseconds until the next address is tried as well (RFC 8305, section 5). */
const ATTEMPT_DELAY = 250;

/**
 * Connects to the first address of a name that accepts the connection.
 * @throws NameError; Node's error if no address accepts, an AggregateError if several failed; the signal's reason
 */
export async function connect(place: Place, resolver: Resolver, options: ConnectOptions): Promise<Socket | TLSSocket> {
  const { host, port, family, timeout = TIMEOUT, tls = false, signal, ...dialOptions } = options;
  checkPort(port, 1);
  checkPort(dialOptions.localPort ?? 0);
  if (dialOptions.localAddress !== undefined) parseIp(dialOptions.localAddress);
  if (typeof host !== 'string') throw new UsageError('connect needs a host: a name or an address');
  if (host.includes('%'))
    throw new UsageError(`${host}: addresses with a zone are supported only in programs and workers in the node`);
  // Loaded only when needed: it is the largest of Node's network modules.
  const tlsLoaded = tls === false ? undefined : await import('node:tls');
  const controller = new AbortController();
  const abort = (): void => controller.abort(signal!.reason);
  signal?.throwIfAborted();
  signal?.addEventListener('abort', abort, { once: true });
  const clearTimer =
    timeout === 0 ? undefined : after(timeout, () => controller.abort(new ConnectTimeoutError(host, port, timeout)));
  try {
    const lookup = family === undefined ? {} : { family };
    const addresses = await resolver.lookup(host, { ...lookup, signal: controller.signal });
    // A signal that aborted before now calls no listener.
    controller.signal.throwIfAborted();
    const socket = await race(interleaved(addresses), controller.signal, (address, attempt) =>
      dial(place, address, port, { ...dialOptions, signal: attempt }),
    );
    if (controller.signal.aborted) {
      socket.destroy();
      throw controller.signal.reason;
    }
    if (tlsLoaded === undefined) return socket;
    return await startTls(tlsLoaded, socket, host, typeof tls === 'object' ? tls : {}, controller.signal);
  } finally {
    clearTimer?.();
    signal?.removeEventListener('abort', abort);
  }
}

/** The error of a connection that timed out, with Node's code. */
class ConnectTimeoutError extends Error {
  readonly code = 'ETIMEDOUT';

  constructor(host: string, port: number, milliseconds: number) {
    super(`connect ETIMEDOUT ${host}:${port}: no reply within ${milliseconds} ms`);
    this.name = 'ConnectTimeoutError';
  }
}

/** Alternates the families, beginning with that of the first address (RFC 8305, section 4). */
function interleaved(addresses: readonly Ip[]): Ip[] {
  const first = addresses.filter((address) => familyOf(address) === familyOf(addresses[0]!));
  const second = addresses.filter((address) => familyOf(address) !== familyOf(addresses[0]!));
  const longer = Math.max(first.length, second.length);
  return Array.from({ length: longer }, (_, i) => [first[i], second[i]])
    .flat()
    .filter((address) => address !== undefined);
}

/**
 * Tries the addresses one after the other, the next as soon as one fails or {@link ATTEMPT_DELAY} has passed, until one
 * accepts ("Happy Eyeballs", RFC 8305). The other connections are closed.
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

/** Returns a single failure as it is; several as an AggregateError with the code of the first, as Node does. */
function allFailed(failures: readonly unknown[]): Error {
  if (failures.length === 1) return failures[0] as Error;
  const error = new AggregateError(failures, failures.map((failure) => (failure as Error).message).join('; '));
  return Object.assign(error, { code: (failures[0] as NodeJS.ErrnoException).code });
}

function startTls(
  { connect: tlsConnect }: typeof tlsModule,
  socket: Socket,
  host: string,
  options: ConnectionOptions,
  signal: AbortSignal,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const tlsSocket = tlsConnect({ ...(isIp(host) ? {} : { servername: host }), ...options, host, socket });
    const settle = (): void => {
      signal.removeEventListener('abort', aborted);
      tlsSocket.off('error', failed);
    };
    const failed = (error: Error): void => {
      settle();
      socket.destroy();
      reject(error);
    };
    const aborted = (): void => {
      settle();
      tlsSocket.on('error', () => {}).destroy();
      socket.destroy();
      reject(signal.reason as Error);
    };
    tlsSocket.once('error', failed);
    tlsSocket.once('secureConnect', () => {
      settle();
      resolve(tlsSocket);
    });
    signal.addEventListener('abort', aborted, { once: true });
  });
}
