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

/**
 * A node of a lab that is up: a network namespace with its own interfaces, addresses, routes, host name and name
 * servers. From `lab.node(name)`. Methods that enter the node throw SyscallError ENOENT after the lab was removed.
 */
export class Node {
  /** The name in the topology. */
  readonly name: string;
  /** The network namespace's name under /run/netns, `LAB.NODE`: `ip netns exec NAMESPACE …` works. */
  readonly namespace: string;
  /** Its interfaces from the topology: networks, links, then the uplink if it has one. */
  readonly interfaces: readonly CompiledInterface[];
  readonly #lab: Compiled;
  readonly #inside: InsideNetwork;
  #nodeNamespaces: NodeNamespaces | undefined;
  /** The version of the mounts that {@link #nodeNamespaces} was opened for. */
  #version: string | undefined;

  constructor(name: string, compiled: CompiledNode, lab: Compiled) {
    this.#lab = lab;
    this.name = name;
    this.namespace = compiled.namespace;
    this.interfaces = compiled.interfaces;
    this.#inside = new InsideNetwork(compiled.namespace, name);
  }

  /**
   * All addresses from the topology with their prefix lengths, in the order of the interfaces, without link-local ones.
   */
  get addresses(): readonly Cidr[] {
    return this.interfaces.flatMap(({ addresses }) => addresses);
  }

  /** The first address, without prefix length; undefined for a node without addresses. */
  get address(): string | undefined {
    const [first] = this.addresses;
    return first === undefined ? undefined : addressOf(first);
  }

  /**
   * Starts a program in the node as `child_process.spawn` does. The program has the node's network, host name, hosts
   * file, resolv.conf and /sys, and is a child of this process.
   * @throws SyscallError if the node no longer exists; UsageError
   */
  spawn(command: string, args: readonly string[] = [], options: SpawnOptions = {}): ChildProcess {
    checkArgument('command', command, 'text');
    checkArgument('args', args, 'texts');
    // Node.js checks the other options.
    checkArgument('options', options, 'object');
    const { cwd, env } = options;
    if (cwd !== undefined) checkArgument('options.cwd', cwd, 'folder');
    if (env !== undefined) checkArgument('options.env', env, 'object');
    return spawnIn(this.#open(), command, args, options);
  }

  /**
   * Runs a program in the node and returns its output and exit status when it has ended. A status other than 0 is not
   * an error. Faster than `spawn`: uses posix_spawn(3), which shares this process's memory until execve(2), where
   * Node.js copies it with fork(2).
   * @throws SyscallError ENOENT if there is no such program, or the node no longer exists; AbortError if the signal
   *   aborted it; UsageError
   * @example
   * const { status, stdout } = await node.exec('ip', ['-json', 'address'], { timeout: 5000 });
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

  /** Reads the current state of the node's services. */
  async services(): Promise<readonly ServiceStatus[]> {
    const { services } = await processesOf(this.#lab);
    return services.filter(({ node }) => node === this.name);
  }

  /**
   * Returns the stored output of the node's services.
   * @throws NotFoundError if it has no services, or none of that name
   */
  logs(options: Omit<LogOptions, 'node'> = {}): LogLine[] {
    return logs(this.#lab.lab, { ...options, node: this.name });
  }

  /**
   * Restarts one service of the node, or all of them, and waits until they are ready.
   * @throws NotFoundError if there is no such service; ApplyError if a service does not start, or does not become ready
   *   in time; LockedError, CapabilityError
   */
  async restart(service?: string, options: RestartOptions = {}): Promise<void> {
    await restart(this.#lab.lab, this.name, service, options);
  }

  /**
   * Calls a synchronous function while this thread is in the node's network namespace (setns(2)). Sockets that it opens
   * stay in the node. The thread leaves the namespace when the function returns: an async function would continue on
   * the host.
   * @throws SyscallError if the node no longer exists; whatever the function throws
   */
  within<T>(fn: () => T): T {
    checkArgument('fn', fn, 'function');
    return within(this.#open().net, fn);
  }

  /**
   * Reads the node's NAT and its current translations from the kernel; undefined for a node without NAT.
   * @throws NotFoundError if the table was changed by hand; SyscallError, NetlinkError, CapabilityError
   */
  nat(): NatView | undefined {
    return natOf(this.namespace);
  }

  /**
   * Reads the node's firewall from the kernel, with its counters; undefined for a node without firewall.
   * @throws NotFoundError if the table was changed by hand; SyscallError, NetlinkError, CapabilityError
   */
  firewall(): FirewallView | undefined {
    return readFirewall(this.namespace);
  }

  /**
   * Replaces the node's firewall atomically, or removes it if `policy` is undefined. Established connections continue.
   * The lab's stored topology changes too; `up` of a file restores the policy of the file.
   * @throws TopologyError if the policy is invalid; LockedError, NetlinkError, CapabilityError
   * @example
   * await node.setFirewall({ input: { default: 'deny', allow: [{ tcp: [80, 443] }] } });
   */
  setFirewall(policy: FirewallInput | undefined, options?: SetFirewallOptions): Promise<void> {
    return setFirewall(this.#lab.lab, this.name, policy, options);
  }

  /**
   * The global `fetch`, with connections and name resolution from the node.
   * @throws TypeError, as `fetch` does, with the error as its cause; the signal's reason
   */
  fetch(input: string | URL | Request, init?: FetchInit): Promise<Response> {
    return this.#inside.fetch(input, init);
  }

  /**
   * Opens a TCP connection from the node, with TLS if `tls` is set. Tries the addresses of a name until one accepts
   * (RFC 8305).
   * @throws NameError if the name cannot be resolved
   * @throws the error of Node.js if no address accepts; ETIMEDOUT after 10 s by default
   * @throws UsageError; the signal's reason
   */
  connect(options: ConnectOptions & { readonly tls?: false }): Promise<Socket>;
  connect(options: ConnectOptions): Promise<Socket | TLSSocket>;
  connect(options: ConnectOptions): Promise<Socket | TLSSocket> {
    return this.#inside.connect(options);
  }

  /**
   * Makes a server listen in the node: the given one, from `net`, `http`, `https`, `http2` or `tls`, or a new
   * `net.Server` that calls the given function for each connection. The server listens when this returns.
   * @returns the server
   * @throws SyscallError EADDRINUSE, EADDRNOTAVAIL …; UsageError
   */
  listen<S extends Server>(options: ListenOptions, server: S): S;
  listen(options: ListenOptions, onConnection?: (socket: Socket) => void): Server;
  listen(options: ListenOptions, handlerOrServer?: Server | ((socket: Socket) => void)): Server {
    return this.#inside.listen(options, handlerOrServer);
  }

  /**
   * Opens a UDP socket in the node, bound to `port`, or to a port that the kernel selects. `send` accepts names that
   * the node can resolve.
   * @throws SyscallError EADDRINUSE, EADDRNOTAVAIL …; UsageError
   */
  udp(options: UdpOptions = {}): dgram.Socket {
    return this.#inside.udp(options);
  }

  /**
   * Resolves a name as a program in the node does: from the node's hosts file, then from its name servers, queried from
   * the node.
   * @returns at least one address, in the order in which they should be tried
   * @throws NameError ENOTFOUND if the name has no address, EAI_AGAIN if no server replied; the signal's reason
   */
  resolve(name: string, options?: LookupOptions): Promise<Ip[]> {
    return this.#inside.lookup(name, options);
  }

  /**
   * Runs a module in a thread of this process that is in the node, with the node's network, name resolution, host name
   * and mounts. Errors in the module are `error` events of the worker.
   * @returns the worker, when the thread has entered the node and before the module runs; messages are queued until
   *   there is a listener
   * @throws the error that prevented the thread from entering the node
   */
  worker(module: string | URL, options?: WorkerOptions): Promise<Worker> {
    return this.#inside.worker(module, options);
  }

  /**
   * Publishes ports of the node on the host while the lab is up. The next `up` removes those that are not in the
   * topology.
   * @param ports as in a topology: `8080:80`, `127.0.0.1:5353:53/udp`
   * @throws PortTakenError if a host port is in use; UsageError, LockedError, CapabilityError
   */
  publish(...ports: readonly string[]): Promise<void> {
    return publish(this.#lab.lab, this.name, ports);
  }

  /**
   * Removes published ports of the node.
   * @throws NotFoundError if the node does not publish one of them; UsageError, LockedError, CapabilityError
   */
  unpublish(...ports: readonly string[]): Promise<void> {
    return unpublish(this.#lab.lab, this.name, ports);
  }

  #open(): NodeNamespaces {
    const version = mountsVersion(this.namespace);
    if (version !== this.#version) this.#closeNamespaces();
    this.#version = version;
    this.#nodeNamespaces ??= openNodeNamespaces(this.namespace);
    return this.#nodeNamespaces;
  }

  /**
   * Closes the sockets, servers, connections and workers that this process has in the node. Programs in the node keep
   * running. The node can be used again afterwards.
   */
  async close(): Promise<void> {
    this.#closeNamespaces();
    await this.#inside.close();
  }

  #closeNamespaces(): void {
    if (this.#nodeNamespaces === undefined) return;
    closeNodeNamespaces(this.#nodeNamespaces);
    this.#nodeNamespaces = undefined;
  }
}
