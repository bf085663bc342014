import type { ChildProcess, SpawnOptions } from 'node:child_process';
import type * as dgram from 'node:dgram';
import type { Server, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Worker } from 'node:worker_threads';
import { checkArgument } from '../base/index.ts';
import type { Cidr, Ip } from '../addr/index.ts';
import { addressOf } from '../addr/index.ts';
import {
  closeNodeNamespaces,
  mountsVersion,
  openNodeNamespaces,
  runIn,
  spawnIn,
  within,
  type ExecOptions,
  type ExecResult,
  type NodeNamespaces,
} from '../netns/index.ts';
import { InsideNetwork, type ConnectOptions, type FetchInit, type WorkerOptions } from '../inside/index.ts';
import type { LookupOptions } from '../names/index.ts';
import type { ListenOptions, UdpOptions } from '../sockets/index.ts';
import type { Compiled, CompiledInterface, CompiledNode, FirewallInput, FirewallView } from '../topology/index.ts';
import { readFirewall, setFirewall, type SetFirewallOptions } from './firewall.ts';
import { logs, type LogLine, type LogOptions } from './logs.ts';
import { natOf, type NatView } from './nat.ts';
import { publish, unpublish } from './publish.ts';
import { restart, type RestartOptions } from './restart.ts';
import { processesOf, type ServiceStatus } from './services.ts';

/** A node of a lab that is up. */
export class Node {
  readonly name: string;
  /** As under /run/netns: `ip netns exec NAMESPACE …` works. */
  readonly namespace: string;
  readonly interfaces: readonly CompiledInterface[];
  readonly #lab: Compiled;
  readonly #inside: InsideNetwork;
  #nodeNamespaces: NodeNamespaces | undefined;
  /** Of the nodeNamespaces that are open. */
  #version: string | undefined;

  constructor(name: string, compiled: CompiledNode, lab: Compiled) {
    this.#lab = lab;
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
   * Starts a program in the node, with the node's host name, hosts file, resolv.conf and /sys. It is an ordinary child of
   * this process.
   * @throws SyscallError when the node is gone
   */
  spawn(command: string, args: readonly string[] = [], options: SpawnOptions = {}): ChildProcess {
    checkArgument('command', command, 'text');
    checkArgument('args', args, 'texts');
    // The others are Node's to check.
    checkArgument('options', options, 'object');
    const { cwd, env } = options;
    if (cwd !== undefined) checkArgument('options.cwd', cwd, 'folder');
    if (env !== undefined) checkArgument('options.env', env, 'object');
    return spawnIn(this.#open(), command, args, options);
  }

  /**
   * Runs a program in the node to its end, and gives what it printed. A status other than 0 is not an error. The fastest
   * way: what started the program shares its memory until it has begun, where `spawn` copies it (fork).
   * @throws SyscallError ENOENT when there is no such program, or the node is gone; AbortError
   */
  exec(
    command: string,
    args?: readonly string[],
    options?: ExecOptions & { encoding?: BufferEncoding },
  ): Promise<ExecResult>;
  exec(
    command: string,
    args: readonly string[],
    options: ExecOptions & { encoding: 'buffer' },
  ): Promise<ExecResult<Buffer>>;
  async exec(
    command: string,
    args: readonly string[] = [],
    options: ExecOptions = {},
  ): Promise<ExecResult<string | Buffer>> {
    return runIn(this.#open(), command, args, options);
  }

  /** The services that its topology gives it, as they are now. */
  async services(): Promise<readonly ServiceStatus[]> {
    const { services } = await processesOf(this.#lab);
    return services.filter(({ node }) => node === this.name);
  }

  /** What its services have printed. @throws NotFoundError when it has none, or none of that name */
  logs(options: Omit<LogOptions, 'node'> = {}): LogLine[] {
    return logs(this.#lab.lab, { ...options, node: this.name });
  }

  /**
   * Ends one of its services, or all of them, and starts them again; returns when they are ready.
   * @throws NotFoundError, LockedError, CapabilityError, ApplyError
   */
  async restart(service?: string, options: RestartOptions = {}): Promise<void> {
    await restart(this.#lab.lab, this.name, service, options);
  }

  /** Runs a synchronous function with this thread in the node: sockets it opens stay there. Never across an await. */
  within<T>(fn: () => T): T {
    checkArgument('fn', fn, 'function');
    return within(this.#open().net, fn);
  }

  /** How the node translates addresses, and what it translates now; undefined for a node that translates none. */
  nat(): NatView | undefined {
    return natOf(this.namespace);
  }

  /** Its firewall as the kernel holds it, with what it has counted; undefined for a node without. */
  firewall(): FirewallView | undefined {
    return readFirewall(this.namespace);
  }

  /**
   * Puts a policy in the place of its firewall, without a moment between, or takes it away; connections that there are
   * stay. `up` of a file puts back what the file says.
   * @throws TopologyError, LockedError, NetlinkError
   */
  setFirewall(policy: FirewallInput | undefined, options?: SetFirewallOptions): Promise<void> {
    return setFirewall(this.#lab.lab, this.name, policy, options);
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

  /**
   * Publishes ports of the node's on the host, live: `8080:80`, `127.0.0.1:5353:53/udp`. `up` takes back what the
   * topology does not say.
   * @throws PortTakenError, UsageError, LockedError, CapabilityError
   */
  publish(...ports: readonly string[]): Promise<void> {
    return publish(this.#lab.lab, this.name, ports);
  }

  /** Takes published ports back. @throws NotFoundError when it does not publish one of them */
  unpublish(...ports: readonly string[]): Promise<void> {
    return unpublish(this.#lab.lab, this.name, ports);
  }

  #open(): NodeNamespaces {
    const version = mountsVersion(this.namespace);
    if (version !== this.#version) this.#forget();
    this.#version = version;
    this.#nodeNamespaces ??= openNodeNamespaces(this.namespace);
    return this.#nodeNamespaces;
  }

  /**
   * Ends what this process has in the node: sockets, servers, connections and workers are closed. Programs that were started
   * go on. The node may be used again afterwards.
   */
  async close(): Promise<void> {
    this.#forget();
    await this.#inside.close();
  }

  #forget(): void {
    if (this.#nodeNamespaces === undefined) return;
    closeNodeNamespaces(this.#nodeNamespaces);
    this.#nodeNamespaces = undefined;
  }
}
