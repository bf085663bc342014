import type { Ip } from '../../addr/index.ts';
import type { WiredNode } from '../wiring/index.ts';

/** A host name with its nodes and addresses. */
export interface NamedHost {
  /** In lower case. */
  readonly name: string;
  readonly nodes: readonly WiredNode[];
  readonly addresses: readonly Ip[];
}

/** A node with its key `hosts`. */
export interface HostsNode extends WiredNode {
  /** The names that only this node has, sorted. */
  readonly hosts: readonly NamedHost[];
}

/** The nodes and names of a lab. */
export interface HostsModel {
  readonly lab: string;
  readonly nodes: readonly HostsNode[];
  /** The names in the topology's key `hosts`, sorted. */
  readonly hosts: readonly NamedHost[];
}
