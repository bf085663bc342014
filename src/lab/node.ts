import type { ChildProcess, SpawnOptions } from 'node:child_process';
import type { Cidr } from '../addr/index.ts';
import { addressOf } from '../addr/index.ts';
import {
  closeSurroundings,
  openSurroundings,
  runIn,
  spawnIn,
  within,
  type ExecOptions,
  type ExecResult,
  type Surroundings,
} from '../netns/index.ts';
import type { Compiled, CompiledInterface, CompiledNode, FirewallInput, FirewallView } from '../topology/index.ts';
import { readFirewall, setFirewall, type SetFirewallOptions } from './firewall.ts';
import { logs, type LogLine, type LogOptions } from './logs.ts';
import { natOf, type NatView } from './nat.ts';
import { restart, type RestartOptions } from './restart.ts';
import { processesOf, type ServiceStatus } from './services.ts';

/** A node of a lab that is up. */
export class Node {
  readonly name: string;
  /** As under /run/netns: `ip netns exec NAMESPACE …` works. */
  readonly namespace: string;
  readonly interfaces: readonly CompiledInterface[];
  readonly #lab: Compiled;
  #surroundings: Surroundings | undefined;

  constructor(name: string, compiled: CompiledNode, lab: Compiled) {
    this.#lab = lab;
    this.name = name;
    this.namespace = compiled.namespace;
    this.interfaces = compiled.interfaces;
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
   * Starts a program in the node, with the node's host name, hosts file, resolv.conf and /sys. It is an ordinary child of this process.
   * @throws SyscallError when the node is gone
   */
  spawn(command: string, args: readonly string[] = [], options: SpawnOptions = {}): ChildProcess {
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
    return within(this.#open().net, fn);
  }

  /** How the node translates addresses, and what it translates now. @throws NotFoundError when it translates none */
  nat(): NatView {
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
    const lab = this.namespace.slice(0, this.namespace.indexOf('.'));
    return setFirewall(lab, this.name, policy, options);
  }

  #open(): Surroundings {
    this.#surroundings ??= openSurroundings(this.namespace);
    return this.#surroundings;
  }

  /** Lets go of the descriptors that starting programs took. */
  close(): void {
    if (this.#surroundings === undefined) return;
    closeSurroundings(this.#surroundings);
    this.#surroundings = undefined;
  }
}
