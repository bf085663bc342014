import type { ChildProcess, SpawnOptions } from 'node:child_process';
import type * as dgram from 'node:dgram';
import type { Server, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Worker } from 'node:worker_threads';
import type { Cidr, Ip } from '../addr/index.ts';
import { addressOf } from '../addr/index.ts';
import { libc } from '../ffi/index.ts';
import { InsideNetwork, type ConnectOptions, type FetchInit, type WorkerOptions } from '../inside/index.ts';
import type { LookupOptions } from '../names/index.ts';
import { makeMounts, openNamespace, spawnIn, within, type Surroundings } from '../netns/index.ts';
import type { ListenOptions, UdpOptions } from '../sockets/index.ts';
import type { CompiledInterface, CompiledNode } from '../topology/index.ts';

export interface ExecOptions {
  /** This process's when absent. */
  readonly env?: NodeJS.ProcessEnv;
  /** This process's when absent. */
  readonly cwd?: string;
  /** What the program reads from its standard input, which is empty otherwise. */
  readonly input?: string | Uint8Array;
  /** Milliseconds after which the program is ended with SIGTERM. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

export interface ExecResult {
  readonly stdout: string;
  readonly stderr: string;
  /** The exit status; null when a signal ended the program. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A node of a lab that is up. */
export class Node {
  readonly name: string;
  /** As under /run/netns: `ip netns exec NAMESPACE …` works. */
  readonly namespace: string;
  readonly interfaces: readonly CompiledInterface[];
  readonly #inside: InsideNetwork;
  #surroundings: Surroundings | undefined;

  constructor(name: string, compiled: CompiledNode) {
    this.name = name;
    this.namespace = compiled.namespace;
    this.interfaces = compiled.interfaces;
    this.#inside = new InsideNetwork(compiled.namespace, name);
  }

  /** Every address with its prefix length, in order of the interfaces; link-local ones left out. */
  get addresses(): readonly Cidr[] {
    return this.interfaces.flatMap(({ addresses }) => addresses);
  }

  /** The first address, without its prefix length; undefined for a node that has none. */
  get address(): string | undefined {
    const [first] = this.addresses;
    return first === undefined ? undefined : addressOf(first);
  }

  /**
   * Starts a program in the node, with the node's own hosts file and /sys. It is an ordinary child of this process.
   * @throws SyscallError when the node is gone
   */
  spawn(command: string, args: readonly string[] = [], options: SpawnOptions = {}): ChildProcess {
    return spawnIn(this.#open(), command, args, options);
  }

  /** Runs a program in the node to its end, and gives what it printed. A status other than 0 is not an error. */
  exec(command: string, args: readonly string[] = [], options: ExecOptions = {}): Promise<ExecResult> {
    const { input, ...rest } = options;
    return new Promise((resolve, reject) => {
      const child = this.spawn(command, args, {
        ...rest,
        stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      });
      const stdout: Buffer[] = [];
      const stderr: Buffer[] = [];
      child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
      child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
      child.on('error', reject);
      child.on('close', (status, signal) => {
        resolve({
          stdout: Buffer.concat(stdout).toString('utf8'),
          stderr: Buffer.concat(stderr).toString('utf8'),
          status,
          signal,
        });
      });
      // A program may end without reading what it is given.
      child.stdin?.on('error', () => {});
      child.stdin?.end(input);
    });
  }

  /** Runs a synchronous function with this thread in the node: sockets it opens stay there. Never across an await. */
  within<T>(fn: () => T): T {
    return within(this.#open().net, fn);
  }

  /**
   * As the global `fetch`, from the node's network, with names as the node knows them.
   * @throws TypeError, as `fetch` does, with the reason as its cause; the signal's reason
   */
  fetch(input: string | URL | Request, init?: FetchInit): Promise<Response> {
    return this.#inside.fetch(input, init);
  }

  /**
   * Connects from the node by TCP, and TLS if wanted, to the first address of a name that answers (RFC 8305).
   * @throws NameError; Node's error of a connection that failed, ETIMEDOUT after 10 s; UsageError; the signal's reason
   */
  connect(options: ConnectOptions & { readonly tls?: false }): Promise<Socket>;
  connect(options: ConnectOptions): Promise<Socket | TLSSocket>;
  connect(options: ConnectOptions): Promise<Socket | TLSSocket> {
    return this.#inside.connect(options);
  }

  /**
   * Listens in the node: with a server of `net`, `http`, `https`, `http2` or `tls` that is given, or with a new one of `net`,
   * which calls the function for each connection. It listens when this returns.
   * @throws SyscallError EADDRINUSE, EADDRNOTAVAIL …; UsageError
   */
  listen<S extends Server>(options: ListenOptions, server: S): S;
  listen(options: ListenOptions, onConnection?: (socket: Socket) => void): Server;
  listen(options: ListenOptions, handlerOrServer?: Server | ((socket: Socket) => void)): Server {
    return this.#inside.listen(options, handlerOrServer);
  }

  /**
   * A bound UDP socket in the node, on a port of the kernel's choice when none is given. It may send to names.
   * @throws SyscallError EADDRINUSE, EADDRNOTAVAIL …; UsageError
   */
  udp(options: UdpOptions = {}): dgram.Socket {
    return this.#inside.udp(options);
  }

  /**
   * The addresses of a name, at least one, as a program in the node finds them: in its hosts file, then from its name
   * servers, asked from the node.
   * @throws NameError ENOTFOUND, EAI_AGAIN; the signal's reason
   */
  resolve(name: string, options?: LookupOptions): Promise<Ip[]> {
    return this.#inside.lookup(name, options);
  }

  /**
   * Runs a module as a thread of this process that is in the node, with its network, names, host name and mounts. Its
   * errors are the worker's 'error' events.
   * @returns once the thread is in the node, before its module has run; its messages wait for a listener
   * @throws the error that kept it from getting there
   */
  worker(module: string | URL, options?: WorkerOptions): Promise<Worker> {
    return this.#inside.worker(module, options);
  }

  #open(): Surroundings {
    if (this.#surroundings === undefined) {
      const net = openNamespace(this.namespace);
      try {
        this.#surroundings = { net, mounts: within(net, () => makeMounts(this.namespace)) };
      } catch (error) {
        libc.close(net);
        throw error;
      }
    }
    return this.#surroundings;
  }

  /**
   * Ends what this process has in the node: sockets, servers, connections and workers are closed. Programs that were started
   * go on. The node may be used again afterwards.
   */
  async close(): Promise<void> {
    if (this.#surroundings !== undefined) {
      libc.close(this.#surroundings.net);
      libc.close(this.#surroundings.mounts);
      this.#surroundings = undefined;
    }
    await this.#inside.close();
  }
}
