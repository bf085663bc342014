import type { Cidr } from '../../addr/index.ts';
import type { LinkState, NamespaceName, ObservedNamespace } from '../../state/index.ts';
import { LAB_TABLE, PUBLISH_TABLE } from '../names.ts';

/** What is cabled to what, as a state has it: a topology's networks, nodes and links, before anything is left out. */
export interface Layout {
  readonly networks: readonly FoundSegment[];
  readonly nodes: readonly FoundNode[];
  readonly cables: readonly FoundSegment[];
  /** The nftables tables of the namespace that the bridges are in. */
  readonly tables: ObservedNamespace['tables'];
}

/** A bridge with what is plugged into it, or a cable between two nodes. */
export interface FoundSegment {
  /** Of a bridge: what the network is called, and the bridge with its name. */
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
  /** Its own link to the host. */
  uplink?: LinkState;
}

/** An interface of a node. */
export interface FoundEnd {
  readonly node: FoundNode;
  readonly name: string;
  readonly link: LinkState;
  readonly segment: FoundSegment;
  /** IPv4's first, link-local ones left out. */
  readonly addresses: readonly Cidr[];
}

/** Whether a node's uplink is its way out. */
export const hasInternet = ({ uplink, state }: FoundNode): boolean =>
  uplink !== undefined && state.tables[`inet ${LAB_TABLE}`]?.chains['postrouting'] !== undefined;

/** Whether a node answers by its uplink whatever its routes, as those that publish ports do. */
export const publishes = ({ uplink, state }: FoundNode): boolean =>
  uplink !== undefined && state.rules.some(({ table }) => table === PUBLISH_TABLE);
