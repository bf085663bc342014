import type { ChildProcess, SpawnOptions } from 'node:child_process';
import type { Cidr } from '../addr/index.ts';
import { addressOf } from '../addr/index.ts';
import { libc } from '../ffi/index.ts';
import { makeMounts, openNamespace, spawnIn, within, type Surroundings } from '../netns/index.ts';
import type { CompiledInterface, CompiledNode } from '../topology/index.ts';
import { natOf, type NatView } from './nat.ts';
import { publish, unpublish } from './publish.ts';

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

/** How long publishing waits for another process that is changing the lab, in milliseconds. */
const PUBLISH_WAIT = 10_000;

/** A node of a lab that is up. */
export class Node {
  readonly name: string;
  /** As under /run/netns: `ip netns exec NAMESPACE …` works. */
  readonly namespace: string;
  readonly interfaces: readonly CompiledInterface[];
  #surroundings: Surroundings | undefined;

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

  /** How the node translates addresses, and what it translates now. @throws NotFoundError when it translates none */
  nat(): NatView {
    return natOf(this.namespace);
  }

  /**
   * Publishes ports of the node's on the host, live: `8080:80`, `127.0.0.1:5353:53/udp`. `up` takes back what the
   * topology does not say.
   * @throws PortTakenError, UsageError, LockedError, CapabilityError
   */
  publish(...ports: readonly string[]): Promise<void> {
    return publish(...this.#place(), ports, { wait: PUBLISH_WAIT });
  }

  /** Takes published ports back. @throws NotFoundError when it does not publish one of them */
  unpublish(...ports: readonly string[]): Promise<void> {
    return unpublish(...this.#place(), ports, { wait: PUBLISH_WAIT });
  }

  #place(): [lab: string, node: string] {
    return [this.namespace.slice(0, -this.name.length - 1), this.name];
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

  /** Lets go of the descriptors that starting programs took. */
  close(): void {
    if (this.#surroundings === undefined) return;
    libc.close(this.#surroundings.net);
    libc.close(this.#surroundings.mounts);
    this.#surroundings = undefined;
  }
}
