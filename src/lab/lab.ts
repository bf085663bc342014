import { basename } from 'node:path';
import { checkArgument, checkOptions, didYouMean } from '../base/index.ts';
import type { Compiled, TopologyInput } from '../topology/index.ts';
import { check, type CheckOptions, type CheckResult } from './check.ts';
import { compileSaved, privateMountsWarning, NotFoundError, type Settings, readTopologyFile } from '../store/index.ts';
import { down, type DownOptions, type DownResult } from './down.ts';
import { followLogs, logs, type FollowOptions, type LogLine, type LogOptions } from './logs.ts';
import { Node } from './node.ts';
import { processesOf, type ServiceStatus } from './services.ts';
import { up, UP_OPTIONS, type UpOptions, type UpResult } from './up.ts';
import { view, type LabView } from './view.ts';

/**
 * A lab that is up: the nodes and networks of one topology, in network namespaces of their own. `Lab.up()` creates one,
 * `Lab.find()` finds one that any process created. A lab outlives the process that created it, until `down()`, unless
 * `await using` removes it at the end of the block.
 *
 * @example
 * await using lab = await Lab.up({
 *   name: 'hello',
 *   networks: { lan: { subnet: '10.0.0.0/24' } },
 *   nodes: { a: { networks: ['lan'] }, b: { networks: ['lan'] } },
 * });
 * const { stdout } = await lab.node('a').exec('ping', ['-c1', 'b']);
 */
export class Lab implements AsyncDisposable {
  /** The lab's name. */
  readonly name: string;
  /** What `Lab.up()` did; undefined for a lab from `Lab.find()`. */
  readonly result: UpResult | undefined;
  readonly #compiled: Compiled;
  readonly #nodes = new Map<string, Node>();

  private constructor(compiled: Compiled, result?: UpResult) {
    this.name = compiled.lab;
    this.#compiled = compiled;
    this.result = result;
    for (const [name, node] of Object.entries(compiled.nodes)) this.#nodes.set(name, new Node(name, node, compiled));
  }

  /**
   * Brings a lab up: creates what is missing in the kernel and changes what differs from the topology. A lab that
   * already matches its topology is not changed. If an operation fails, everything is removed again when this call
   * created the lab; a lab that existed before stays in its current state.
   * @param topology a value, or the path of a topology file (`-` is standard input)
   * @param options `name` replaces the topology's name; `set` gives values for the variables (`${NAME}`) of a file,
   *   which override environment variables of the same names; the rest as in UpOptions
   * @throws TopologyFileError if the file cannot be read
   * @throws TopologyError if the topology is invalid; UsageError if an argument is
   * @throws CapabilityError if the kernel, the host or this user lacks something
   * @throws LockedError if another process is changing the lab; LockFileError if the lock cannot be taken
   * @throws NameTakenError, PortTakenError if a name or port that the lab needs is in use
   * @throws OtherMountNamespaceError, OtherNamespaceError if the lab is up in another mount namespace, or its link to
   *   the host is in another network namespace
   * @throws ApplyError if the kernel rejects an operation, or a service does not start
   * @throws the signal's reason
   */
  static async up(
    topology: TopologyInput | string,
    options: UpOptions & { readonly name?: string; readonly set?: Settings } = {},
  ): Promise<Lab> {
    checkOptions(options, { ...UP_OPTIONS, name: 'text', set: 'object' });
    const { name, set, ...rest } = options;
    const source =
      typeof topology === 'string' ? { file: topology, text: readTopologyFile(topology) } : { value: topology };
    const overrides = { ...(name !== undefined && { name }), ...(set !== undefined && { set }) };
    const result = await up({ ...source, ...overrides }, rest);
    const warnings = [...result.warnings, ...privateMountsWarning(result.compiled.lab)];
    return new Lab(result.compiled, { ...result, warnings });
  }

  /**
   * Returns the lab of this name, whichever process created it.
   * @throws NotFoundError if no such lab is up; OtherMountNamespaceError if it is up in another mount namespace;
   *   UnreadableError if its stored topology is corrupt
   */
  static find(name: string): Lab {
    checkArgument('name', name, 'text');
    return new Lab(compileSaved(basename(name)));
  }

  /** All nodes, in the order of the topology. */
  get nodes(): readonly Node[] {
    return [...this.#nodes.values()];
  }

  /** Returns the node of this name. @throws NotFoundError if the lab has no such node */
  node(name: string): Node {
    checkArgument('name', name, 'text');
    const node = this.#nodes.get(name);
    if (node === undefined)
      throw new NotFoundError(`lab "${this.name}" has no node "${name}"${didYouMean(name, this.#nodes.keys())}`);
    return node;
  }

  /**
   * Reads the lab's current state from the kernel.
   * @throws NotFoundError if the lab is no longer up; OtherNamespaceError, CapabilityError
   */
  show(): LabView {
    return view(this.name);
  }

  /**
   * Tests the `expect` entries of the topology with real packets: ICMP, TCP and UDP.
   * @returns one result for each expectation, in the order of the topology
   * @throws CapabilityError without root; OtherNamespaceError; the signal's reason
   */
  check(options: CheckOptions = {}): Promise<CheckResult[]> {
    return check(this.#compiled, options);
  }

  /** Reads the current state of all services of the lab. */
  async services(): Promise<readonly ServiceStatus[]> {
    return (await processesOf(this.#compiled)).services;
  }

  /**
   * Returns the stored output of the lab's services.
   * @throws NotFoundError if the lab is no longer up, or has no such node or service
   */
  logs(options: LogOptions = {}): LogLine[] {
    return logs(this.name, options);
  }

  /**
   * Reports the stored output of the lab's services, then each new line, until the signal aborts or the lab is removed.
   * @returns why it ended
   * @throws NotFoundError if the lab is no longer up, or has no such node or service
   */
  followLogs(options: FollowOptions): Promise<'aborted' | 'gone'> {
    return followLogs(this.name, options);
  }

  /**
   * Removes the lab. Ends all processes in it, and closes the sockets, servers and workers that this process has in its
   * nodes.
   * @throws LockedError, LockFileError, CapabilityError, OtherNamespaceError, OtherMountNamespaceError; AggregateError
   *   if something could not be removed: everything else was
   */
  async down(options: DownOptions = {}): Promise<DownResult> {
    const close = (): Promise<unknown> => Promise.all(this.nodes.map((node) => node.close()));
    await close();
    const result = await down(this.name, options);
    // Closes what this process opened in the nodes during `down`.
    await close();
    return result;
  }

  /** Calls {@link Lab.down}; waits up to 10 s for another process that is changing the lab. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.down({ wait: DISPOSE_WAIT });
  }
}

/** How long the disposer waits for another process that is changing the lab, in milliseconds. */
const DISPOSE_WAIT = 10_000;
