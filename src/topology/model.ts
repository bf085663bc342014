import type { Cidr, Family, Ip, Mac } from '../addr/index.ts';
import { addressOf, familyOf } from '../addr/index.ts';
import type { RouteState, ServiceState } from '../state/index.ts';
import type { Path } from '../format/index.ts';
import type { ModelNat } from './nat/nat.ts';
import type { Policy } from './firewall/policy.ts';
import type { Publication } from './publish-text.ts';
import type { ServicePorts } from './services/ports.ts';
import type { Subnet } from './subnet.ts';

/** A topology with its references resolved and its addresses given out: what the states of namespaces are made of. */
export interface Model {
  readonly lab: string;
  readonly networks: readonly Segment[];
  readonly nodes: readonly ModelNode[];
  readonly nodeByName: ReadonlyMap<string, ModelNode>;
  readonly segments: readonly Segment[];
  readonly expectations: readonly Expectation[];
  /** Names besides the nodes' own, by name. */
  readonly hosts: readonly NamedHost[];
  readonly warnings: readonly string[];
}

/** What is on one layer-2 segment: a network, or a cable between two nodes. */
export interface Segment {
  /** Its position among all segments. */
  readonly index: number;
  /** The network's name; absent for a cable. */
  readonly network?: string;
  readonly path: Path;
  readonly subnets: readonly Subnet[];
  /** A subnet of it was refused, or is missing: an address that has no place is not worth a message of its own. */
  readonly incomplete: boolean;
  readonly mtu: number;
  /** The node others' default routes point to. */
  readonly gateway?: string;
  readonly internet: boolean;
  /** The only destinations outside that its members reach; all when absent. */
  readonly egress?: readonly string[];
  /** The bridge's own addresses, on a network with `internet`. */
  readonly bridgeAddresses: readonly Cidr[];
  readonly members: ModelInterface[];
  /** Where the gateway node is plugged in. */
  gatewayMember: ModelInterface | undefined;
  /** The addresses others' default routes point to: the gateway node's or the bridge's. */
  gateways: Readonly<Partial<Record<Family, Ip>>>;
}

export interface ModelNode {
  readonly name: string;
  readonly path: Path;
  readonly forward: boolean;
  /** Whether connections that its rules have let through pass them by. */
  readonly flowtable: boolean;
  readonly internet: boolean;
  /** Ports of the host's that lead to it. Absent where nothing is said, present and empty where some are to be added. */
  readonly publish?: Publication[];
  /** Of its networks and links, in order; the uplink is not among them. */
  readonly interfaces: ModelInterface[];
  /** The user's, resolved. */
  readonly routes: ModelRoute[];
  readonly sysctls: Readonly<Record<string, string>>;
  /** By name, in the order of the file. */
  readonly services: Record<string, ServiceState>;
  /** The ports that each of them may listen on. */
  readonly servicePorts: (readonly ServicePorts[] | 'any')[];
  nat: ModelNat | undefined;
  /** An interface or an address of it was refused: what depends on them is not worth a message of its own. */
  incomplete: boolean;
  firewall?: Policy;
  /** Names that it alone knows, by name. */
  hosts: readonly NamedHost[];
}

/** A name that stands for nodes, and for addresses. */
export interface NamedHost {
  /** In lower case. */
  readonly name: string;
  readonly nodes: readonly ModelNode[];
  readonly addresses: readonly Ip[];
}

export interface ModelRoute {
  readonly path: Path;
  readonly family: Family;
  readonly route: RouteState;
}

export interface ModelInterface {
  readonly name: string;
  readonly node: ModelNode;
  readonly segment: Segment;
  readonly path: Path;
  /** Given by the user. */
  readonly mac?: Mac;
  /** With prefix lengths; IPv4's first. */
  addresses: readonly Cidr[];
}

/** A probe and what must come of it. */
export interface Expectation {
  readonly from: string;
  /** As written: a node, `host` or an address. */
  readonly to: string;
  readonly protocol: 'icmp' | 'tcp' | 'udp';
  readonly port?: number;
  readonly reachable: boolean;
  /** Milliseconds. */
  readonly rtt?: { readonly min: number; readonly max: number };
  /** One of each family to try; none when `to` is the host, whose address depends on the uplink. */
  readonly targets: readonly Ip[];
  /** The node that the targets belong to. */
  readonly toNode?: string;
  /** That node's address, where a NAT on the way has the target as its outside one. */
  readonly inside?: Ip;
  /** Whether a service of that node may listen on the port, so that nothing else may answer in its place. */
  readonly served?: boolean;
  /** For people: `laptop reaches web (tcp 80)`. */
  readonly label: string;
}

/** Whether a node has an interface of its own to the host. */
export const hasUplink = ({ internet, publish }: ModelNode): boolean => internet || publish !== undefined;

/** The interface's first address of a family. */
export function addressIn(of: ModelInterface, family: Family): Ip | undefined {
  const address = of.addresses.find((candidate) => familyOf(candidate) === family);
  return address === undefined ? undefined : addressOf(address);
}

export const FAMILIES = [4, 6] as const;
/** What the names of the families are, for messages. */
export const FAMILY_NAME: Readonly<Record<Family, string>> = { 4: 'IPv4', 6: 'IPv6' };
export const DEFAULT_ROUTE: Readonly<Record<Family, Cidr>> = { 4: '0.0.0.0/0' as Cidr, 6: '::/0' as Cidr };
