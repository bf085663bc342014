import type { Cidr } from '../../addr/index.ts';
import type { LinkState, NamespaceName, ObservedNamespace } from '../../state/index.ts';
import { LAB_TABLE, PUBLISH_TABLE } from '../names.ts';

/** The networks, nodes and cables of a state. */
export interface Layout {
  readonly networks: readonly FoundSegment[];
  readonly nodes: readonly FoundNode[];
  readonly cables: readonly FoundSegment[];
  /** The nftables tables in the namespace of the bridges. */
  readonly tables: ObservedNamespace['tables'];
}

/** A bridge with the interfaces on it, or a cable between two nodes. */
export interface FoundSegment {
  /** Only for a bridge: the name of the network, and the bridge with its name. */
  readonly network?: { readonly name: string; readonly bridgeName: string; readonly bridge: LinkState };
  readonly mtu: number;
  readonly ends: FoundEnd[];
}

export interface FoundNode {
  readonly name: string;
  readonly namespace: NamespaceName;
  readonly state: ObservedNamespace;
  /** In the order of the topology: networks, then cables. */
  ends: readonly FoundEnd[];
  /** Its uplink, if it has one. */
  uplink?: LinkState;
}

/** An interface of a node. */
export interface FoundEnd {
  readonly node: FoundNode;
  readonly name: string;
  readonly link: LinkState;
  readonly segment: FoundSegment;
  /** IPv4 first; without link-local addresses. */
  readonly addresses: readonly Cidr[];
}

/** Whether a node has `internet`: its uplink masquerades. */
export const hasInternet = ({ uplink, state }: FoundNode): boolean =>
  uplink !== undefined && state.tables[`inet ${LAB_TABLE}`]?.chains['postrouting'] !== undefined;

/** Whether a node has `publish`: a routing rule sends its replies over the uplink. */
export const publishes = ({ uplink, state }: FoundNode): boolean =>
  uplink !== undefined && state.rules.some(({ table }) => table === PUBLISH_TABLE);
