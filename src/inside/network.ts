import type { EventEmitter } from 'node:events';
import type { Server, Socket } from 'node:net';
import type * as dgram from 'node:dgram';
import type { TLSSocket } from 'node:tls';
import type { Worker } from 'node:worker_threads';
import { checkArgument, checkOptions, type OptionKinds, NetwrightError } from '../base/index.ts';
import type { Family, Ip } from '../addr/index.ts';
import { NameFiles, Resolver, type LookupOptions } from '../names/index.ts';
import { KeptNamespace, within } from '../netns/index.ts';
import { listen, openUdp, type ListenOptions, type Place, type UdpOptions } from '../sockets/index.ts';
import { connect, type ConnectOptions } from './connect.ts';
import { Fetcher, type FetchInit } from './fetch.ts';
import type { WorkerOptions } from './worker.ts';

const BIND_OPTIONS = { port: 'any', host: 'text', ipv6Only: 'flag' } as const;
/** `path` is refused by listen(), which explains why. */
const LISTEN_OPTIONS = { ...BIND_OPTIONS, backlog: 'count', path: 'any' } as const;
const CONNECT_OPTIONS: OptionKinds<ConnectOptions> = {
  host: 'text',
  port: 'any',
  family: 'any',
  timeout: 'time',
  tls: 'any',
  localAddress: 'text',
  localPort: 'any',
  signal: 'signal',
  allowHalfOpen: 'flag',
};

/** The error of pending operations in a node when this process closes the node. */
class NodeClosedError extends NetwrightError {
  readonly code = 'ERR_NODE_CLOSED';

  constructor(namespace: string) {
    super(`the node "${namespace}" was closed by this process`);
  }
}

/** The sockets, requests and workers of this process in a named network namespace, until {@link close}. */
export class InsideNetwork {
  readonly #name: string;
  readonly #hostName: string;
  readonly #namespace: KeptNamespace;
  readonly #resolver: Resolver;
  readonly #fetcher: Fetcher;
  readonly #place: Place = (fn) => within(this.#namespace.descriptor, fn);
  /** Functions that end the open sockets, workers and pending operations. */
  readonly #open = new Set<() => unknown>();

  constructor(namespace: string, hostName: string) {
    this.#name = namespace;
    this.#hostName = hostName;
    this.#namespace = new KeptNamespace(namespace);
    this.#resolver = new Resolver(this.#place, new NameFiles(namespace));
    this.#fetcher = new Fetcher((options) => this.connect(options));
  }

  async lookup(name: string, options: LookupOptions = {}): Promise<Ip[]> {
    checkArgument('name', name, 'text');
    checkOptions(options, { family: 'any', signal: 'signal' });
    return this.#abortable(options.signal, (signal) => this.#resolver.lookup(name, { ...options, signal }));
  }

  async connect(options: ConnectOptions & { readonly tls?: false }): Promise<Socket>;
  async connect(options: ConnectOptions): Promise<Socket | TLSSocket>;
  async connect(options: ConnectOptions): Promise<Socket | TLSSocket> {
    checkOptions(options, CONNECT_OPTIONS);
    return this.#abortable(options.signal, async (signal) => {
      const socket = await connect(this.#place, this.#resolver, { ...options, signal });
      return this.#keep(socket, () => socket.destroy(), signal);
    });
  }

  listen(options: ListenOptions, handlerOrServer?: Server | ((socket: Socket) => void)): Server {
    checkOptions(options, LISTEN_OPTIONS);
    const server = listen(this.#place, options, handlerOrServer);
    server.on('connection', (socket: Socket) => this.#keep(socket, () => socket.destroy()));
    return this.#keep(server, () => server.close());
  }

  udp(options: UdpOptions): dgram.Socket {
    checkOptions(options, { ...BIND_OPTIONS, family: 'any' });
    const findAddress = async (name: string, family: Family): Promise<Ip> => (await this.lookup(name, { family }))[0]!;
    const socket = openUdp(this.#place, options, findAddress);
    return this.#keep(socket, () => {
      try {
        socket.close();
      } catch (error) {
        // It has been closed already in this turn of the event loop.
        if ((error as NodeJS.ErrnoException).code !== 'ERR_SOCKET_DGRAM_NOT_RUNNING') throw error;
      }
    });
  }

  fetch(input: string | URL | Request, init?: FetchInit): Promise<Response> {
    return this.#fetcher.fetch(input, init);
  }

  async worker(module: string | URL, options?: WorkerOptions): Promise<Worker> {
    if (!(module instanceof URL)) checkArgument('module', module, 'text');
    // Loaded only when needed: most nodes have no workers.
    const { startWorker } = await import('./worker.ts');
    return this.#abortable(undefined, async (signal) => {
      const worker = await startWorker(this.#name, this.#hostName, module, options);
      return this.#keep(worker, () => worker.terminate(), signal, 'exit');
    });
  }

  /**
   * Aborts pending operations, closes all sockets, ends all workers and closes the namespace. It can be used again
   * afterwards.
   */
  async close(): Promise<void> {
    // First: otherwise a request fails because its connection is closed, without the reason.
    const fetches = this.#fetcher.close(new NodeClosedError(this.#name));
    const closing = [...this.#open].map((end) => end());
    this.#open.clear();
    this.#namespace.close();
    await Promise.all([...closing, fetches]);
  }

  /** Runs an operation that is aborted by its caller's signal or by {@link close}. */
  async #abortable<T>(callerSignal: AbortSignal | undefined, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    callerSignal?.throwIfAborted();
    // Throws if the node does not exist any more: that is the cause of any failure that would follow.
    void this.#namespace.descriptor;
    const controller = new AbortController();
    const abort = (): void => controller.abort(callerSignal!.reason);
    const end = (): void => controller.abort(new NodeClosedError(this.#name));
    callerSignal?.addEventListener('abort', abort, { once: true });
    this.#open.add(end);
    try {
      return await run(controller.signal);
    } finally {
      callerSignal?.removeEventListener('abort', abort);
      this.#open.delete(end);
    }
  }

  /**
   * @param signal of the operation that opened it: if it has aborted, `end` is called at once
   * @param last the event after which it is no longer open
   */
  #keep<T extends EventEmitter>(emitter: T, end: () => unknown, signal?: AbortSignal, last = 'close'): T {
    if (signal?.aborted === true) {
      end();
      throw signal.reason;
    }
    this.#open.add(end);
    emitter.once(last, () => this.#open.delete(end));
    return emitter;
  }
}
