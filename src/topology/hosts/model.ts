import type { Ip } from '../../addr/index.ts';
import type { WiredNode } from '../wiring/index.ts';

/** A name that stands for nodes, and for addresses. */
export interface NamedHost {
  /** In lower case. */
  readonly name: string;
  readonly nodes: readonly WiredNode[];
  readonly addresses: readonly Ip[];
}

/** A node with the names that it alone knows, by name. */
export interface HostsNode extends WiredNode {
  readonly hosts: readonly NamedHost[];
}

/** The names of a lab. */
export interface HostsModel {
  readonly lab: string;
  readonly nodes: readonly HostsNode[];
  /** Names besides the nodes' own, by name. */
  readonly hosts: readonly NamedHost[];
}
