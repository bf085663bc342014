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
/** A path is refused where it is used, with the reason. */
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

/** What was under way in a node when what this process has there was closed. */
class NodeClosedError extends NetwrightError {
  readonly code = 'ERR_NODE_CLOSED';

  constructor(namespace: string) {
    super(`the node "${namespace}" was closed by this process`);
  }
}

/** What this process does in a named network namespace, until {@link close}. */
export class InsideNetwork {
  readonly #name: string;
  readonly #hostName: string;
  readonly #namespace: KeptNamespace;
  readonly #resolver: Resolver;
  readonly #fetcher: Fetcher;
  readonly #place: Place = (fn) => within(this.#namespace.descriptor, fn);
  /** How to end each thing that is open, or under way. */
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
    return this.#underWay(options.signal, (signal) => this.#resolver.lookup(name, { ...options, signal }));
  }

  async connect(options: ConnectOptions & { readonly tls?: false }): Promise<Socket>;
  async connect(options: ConnectOptions): Promise<Socket | TLSSocket>;
  async connect(options: ConnectOptions): Promise<Socket | TLSSocket> {
    checkOptions(options, CONNECT_OPTIONS);
    return this.#underWay(options.signal, async (signal) => {
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
    const find = async (name: string, family: Family): Promise<Ip> => (await this.lookup(name, { family }))[0]!;
    const socket = openUdp(this.#place, options, find);
    return this.#keep(socket, () => {
      try {
        socket.close();
      } catch (error) {
        // Somebody else has closed it in this turn of the event loop.
        if ((error as NodeJS.ErrnoException).code !== 'ERR_SOCKET_DGRAM_NOT_RUNNING') throw error;
      }
    });
  }

  fetch(input: string | URL | Request, init?: FetchInit): Promise<Response> {
    return this.#fetcher.fetch(input, init);
  }

  async worker(module: string | URL, options?: WorkerOptions): Promise<Worker> {
    if (!(module instanceof URL)) checkArgument('module', module, 'text');
    // Most have no workers.
    const { startWorker } = await import('./worker.ts');
    return this.#underWay(undefined, async (signal) => {
      const worker = await startWorker(this.#name, this.#hostName, module, options);
      return this.#keep(worker, () => worker.terminate(), signal, 'exit');
    });
  }

  /** Ends what is under way, closes every socket, ends every worker and lets go of the namespace. It may be used again afterwards. */
  async close(): Promise<void> {
    // First: of a connection that is gone, whoever waits for an answer is told no more than that.
    const fetches = this.#fetcher.close(new NodeClosedError(this.#name));
    const closing = [...this.#open].map((end) => end());
    this.#open.clear();
    this.#namespace.close();
    await Promise.all([...closing, fetches]);
  }

  /** Runs what can be given up, and gives it up when its caller does, or at {@link close}. */
  async #underWay<T>(callers: AbortSignal | undefined, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    callers?.throwIfAborted();
    // Where there is no node any more, that is what is the matter, and not what comes of it.
    void this.#namespace.descriptor;
    const controller = new AbortController();
    const giveUp = (): void => controller.abort(callers!.reason);
    const end = (): void => controller.abort(new NodeClosedError(this.#name));
    callers?.addEventListener('abort', giveUp, { once: true });
    this.#open.add(end);
    try {
      return await run(controller.signal);
    } finally {
      callers?.removeEventListener('abort', giveUp);
      this.#open.delete(end);
    }
  }

  /** @param signal of what it comes from: raised, it is ended at once */
  #keep<T extends EventEmitter>(thing: T, end: () => unknown, signal?: AbortSignal, last = 'close'): T {
    if (signal?.aborted === true) {
      end();
      throw signal.reason;
    }
    this.#open.add(end);
    thing.once(last, () => this.#open.delete(end));
    return thing;
  }
}
