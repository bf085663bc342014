import type { EventEmitter } from 'node:events';
import type { Server, Socket } from 'node:net';
import type * as dgram from 'node:dgram';
import type { TLSSocket } from 'node:tls';
import type { Worker } from 'node:worker_threads';
import type { Family, Ip } from '../addr/index.ts';
import { libc } from '../ffi/index.ts';
import { NameFiles, Resolver, type LookupOptions } from '../names/index.ts';
import { openNamespace, within } from '../netns/index.ts';
import { listen, openUdp, type ListenOptions, type Place, type UdpOptions } from '../sockets/index.ts';
import { connect, type ConnectOptions } from './connect.ts';
import { Fetcher, type FetchInit } from './fetch.ts';
import type { WorkerOptions } from './worker.ts';

/** What this process does in a named network namespace, until {@link close}. */
export class InsideNetwork {
  readonly #namespace: string;
  readonly #hostName: string;
  readonly #resolver: Resolver;
  readonly #fetcher: Fetcher;
  readonly #place: Place = (fn) => within((this.#descriptor ??= openNamespace(this.#namespace)), fn);
  /** How to end each thing that is open. */
  readonly #open = new Set<() => unknown>();
  #descriptor: number | undefined;

  constructor(namespace: string, hostName: string) {
    this.#namespace = namespace;
    this.#hostName = hostName;
    this.#resolver = new Resolver(this.#place, new NameFiles(namespace));
    this.#fetcher = new Fetcher((options) => this.connect(options));
  }

  lookup(name: string, options?: LookupOptions): Promise<Ip[]> {
    return this.#resolver.lookup(name, options);
  }

  async connect(options: ConnectOptions & { readonly tls?: false }): Promise<Socket>;
  async connect(options: ConnectOptions): Promise<Socket | TLSSocket>;
  async connect(options: ConnectOptions): Promise<Socket | TLSSocket> {
    return this.#keep(await connect(this.#place, this.#resolver, options), (socket) => socket.destroy());
  }

  listen(options: ListenOptions, handlerOrServer?: Server | ((socket: Socket) => void)): Server {
    const server = listen(this.#place, options, handlerOrServer);
    server.on('connection', (socket: Socket) => this.#keep(socket, () => socket.destroy()));
    return this.#keep(server, () => server.close());
  }

  udp(options: UdpOptions): dgram.Socket {
    const find = async (name: string, family: Family): Promise<Ip> =>
      (await this.#resolver.lookup(name, { family }))[0]!;
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
    // Most have no workers.
    const { startWorker } = await import('./worker.ts');
    const worker = await startWorker(this.#namespace, this.#hostName, module, options);
    return this.#keep(worker, () => worker.terminate(), 'exit');
  }

  /** Closes every socket, ends every worker and lets go of the namespace. It may be used again afterwards. */
  async close(): Promise<void> {
    const closing = [...this.#open].map((end) => end());
    this.#open.clear();
    if (this.#descriptor !== undefined) libc.close(this.#descriptor);
    this.#descriptor = undefined;
    await Promise.all([...closing, this.#fetcher.close()]);
  }

  #keep<T extends EventEmitter>(thing: T, end: (thing: T) => unknown, last = 'close'): T {
    const ending = (): unknown => end(thing);
    this.#open.add(ending);
    thing.once(last, () => this.#open.delete(ending));
    return thing;
  }
}
