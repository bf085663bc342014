import { isIp, parseIp, type Ip } from '../../addr/index.ts';
import { didYouMean } from '../../base/index.ts';
import { listOf, RESERVED_NODES, type Issues, type Path } from '../../format/index.ts';
import type { WiredNode } from '../wiring/index.ts';
import type { NamedHost } from './model.ts';
import type { HostsInput } from './schema.ts';

/** The names that `hosts` must not define again. */
interface Names {
  readonly lab: string;
  /** The names of networks. */
  readonly networks: ReadonlyMap<string, unknown>;
  readonly nodes: ReadonlyMap<string, WiredNode>;
}

/** Resolves the key `hosts` of a topology and of its nodes. Errors go to `issues`. */
export class HostNames {
  readonly #names: Names;
  readonly #issues: Issues;
  /** The names for all nodes. */
  readonly all: readonly NamedHost[];

  constructor(names: Names, input: HostsInput | undefined, issues: Issues) {
    this.#names = names;
    this.#issues = issues;
    this.all = this.#resolve(input, ['hosts'], new Set());
  }

  /** The names that only this node has. */
  of({ path }: WiredNode, input: HostsInput | undefined): readonly NamedHost[] {
    return this.#resolve(input, [...path, 'hosts'], new Set(this.all.map((host) => host.name)));
  }

  /** @param known the names that all nodes have */
  #resolve(input: HostsInput = {}, path: Path, known: ReadonlySet<string>): NamedHost[] {
    const hosts = new Map<string, NamedHost>();
    for (const [written, value] of Object.entries(input)) {
      const namePath = [...path, written];
      const name = written.toLowerCase();
      const taken = known.has(name)
        ? 'already defined for all nodes, in the "hosts" of the topology'
        : this.#owner(name);
      if (hosts.has(name))
        this.#issues.add(namePath, `the name "${written}" is already defined, with different case`, 'key');
      else if (taken !== undefined) this.#issues.add(namePath, `the name "${written}" is ${taken}`, 'key');
      const targets = listOf(value);
      if (targets.length === 0)
        this.#issues.add(namePath, `the name "${written}" has no value: give it a node or an address`);
      const nodes: WiredNode[] = [];
      const addresses: Ip[] = [];
      for (const [i, target] of targets.entries()) {
        const targetPath = typeof value === 'string' ? namePath : [...namePath, i];
        const node = this.#names.nodes.get(target);
        if (isIp(target)) addresses.push(parseIp(target));
        else if (node === undefined)
          this.#issues.add(
            targetPath,
            `"${target}" is neither a node nor an address${didYouMean(target, this.#names.nodes.keys())}`,
          );
        else if (!node.incomplete && node.interfaces.every(({ addresses: own }) => own.length === 0))
          this.#issues.add(targetPath, `the node "${target}" has no address`);
        else nodes.push(node);
      }
      hosts.set(name, { name, nodes, addresses: [...new Set(addresses)] });
    }
    // Sorted, so that the files do not depend on the order in the topology.
    return [...hosts.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Why a name cannot be defined in `hosts`; undefined if it can. */
  #owner(name: string): string | undefined {
    const node = name.endsWith(`.${this.#names.lab}`) ? name.slice(0, -this.#names.lab.length - 1) : name;
    if (this.#names.nodes.has(node)) return `that of the node "${node}"`;
    if (this.#names.networks.has(name)) return `that of the network "${name}"`;
    return RESERVED_NODES.has(name) ? 'reserved' : undefined;
  }
}
