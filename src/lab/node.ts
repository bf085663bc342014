import type { ChildProcess, SpawnOptions } from 'node:child_process';
import type { Cidr } from '../addr/index.ts';
import { addressOf } from '../addr/index.ts';
import {
  closeSurroundings,
  etcVersion,
  openSurroundings,
  runIn,
  spawnIn,
  within,
  type ExecOptions,
  type ExecResult,
  type Surroundings,
} from '../netns/index.ts';
import type { CompiledInterface, CompiledNode } from '../topology/index.ts';

/** A node of a lab that is up. */
export class Node {
  readonly name: string;
  /** As under /run/netns: `ip netns exec NAMESPACE …` works. */
  readonly namespace: string;
  readonly interfaces: readonly CompiledInterface[];
  #surroundings: Surroundings | undefined;
  /** Of the files that stand in for those of /etc there. */
  #etc: string | undefined;

  constructor(name: string, compiled: CompiledNode) {
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
   * Starts a program in the node, with the node's host name, hosts file, resolv.conf and /sys. It is an ordinary child of
   * this process.
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

  /** Runs a synchronous function with this thread in the node: sockets it opens stay there. Never across an await. */
  within<T>(fn: () => T): T {
    return within(this.#open().net, fn);
  }

  #open(): Surroundings {
    const etc = etcVersion(this.namespace);
    if (etc !== this.#etc) this.close();
    this.#etc = etc;
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
