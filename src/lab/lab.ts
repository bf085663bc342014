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
 * A network that is up.
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
  readonly name: string;
  /** What bringing it up took; absent for a lab that was up already when this process found it. */
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
   * Brings a topology up, from a value or from a file's path: makes what is missing, changes what differs. `name` stands in
   * for the name that the topology has, and `set` for variables (`${NAME}`) of a file, before the environment.
   * @throws TopologyFileError, TopologyError, CapabilityError, LockedError, NameTakenError, ApplyError
   */
  static async up(
    topology: TopologyInput | string,
    options: UpOptions & { readonly name?: string; readonly set?: Settings } = {},
  ): Promise<Lab> {
    checkOptions(options, { ...UP_OPTIONS, name: 'text', set: 'object' });
    const { name, set, ...rest } = options;
    const source =
      typeof topology === 'string' ? { file: topology, text: readTopologyFile(topology) } : { value: topology };
    const given = { ...(name !== undefined && { name }), ...(set !== undefined && { set }) };
    const result = await up({ ...source, ...given }, rest);
    const warnings = [...result.warnings, ...privateMountsWarning(result.compiled.lab)];
    return new Lab(result.compiled, { ...result, warnings });
  }

  /** A lab that is up, by name. @throws NotFoundError */
  static find(name: string): Lab {
    checkArgument('name', name, 'text');
    return new Lab(compileSaved(basename(name)));
  }

  get nodes(): readonly Node[] {
    return [...this.#nodes.values()];
  }

  /** A node of it, by name. @throws NotFoundError */
  node(name: string): Node {
    checkArgument('name', name, 'text');
    const node = this.#nodes.get(name);
    if (node === undefined)
      throw new NotFoundError(`lab "${this.name}" has no node "${name}"${didYouMean(name, this.#nodes.keys())}`);
    return node;
  }

  /** What it is made of now, as the kernel has it. */
  show(): LabView {
    return view(this.name);
  }

  /** Proves what its topology expects by sending packets. */
  check(options: CheckOptions = {}): Promise<CheckResult[]> {
    return check(this.#compiled, options);
  }

  /** Its services, as they are now. */
  async services(): Promise<readonly ServiceStatus[]> {
    return (await processesOf(this.#compiled)).services;
  }

  /** What its services have printed. */
  logs(options: LogOptions = {}): LogLine[] {
    return logs(this.name, options);
  }

  /** What its services have printed, and then what they print, until the signal aborts or the lab is taken down. */
  followLogs(options: FollowOptions): Promise<'aborted' | 'gone'> {
    return followLogs(this.name, options);
  }

  /** Removes it, with whatever runs in it and what this process has open there. */
  async down(options: DownOptions = {}): Promise<DownResult> {
    const close = (): Promise<unknown> => Promise.all(this.nodes.map((node) => node.close()));
    await close();
    const result = await down(this.name, options);
    // What was begun meanwhile.
    await close();
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down({ wait: DISPOSE_WAIT });
  }
}

/** How long disposing waits for another process that is changing the lab, in milliseconds. */
const DISPOSE_WAIT = 10_000;
