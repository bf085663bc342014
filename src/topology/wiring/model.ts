import { addressOf, familyOf, type Cidr, type Family, type Ip, type Mac } from '../../addr/index.ts';
import type { Path } from '../../format/index.ts';
import type { Subnet } from './subnet.ts';

/** A layer-2 segment: a network, or a cable between two nodes. */
export interface Segment {
  /** Its position among all segments. */
  readonly index: number;
  /** The network's name; absent for a cable. */
  readonly network?: string;
  readonly path: Path;
  readonly subnets: readonly Subnet[];
  /** Whether a subnet is invalid or missing: then addresses outside of all subnets are not reported. */
  readonly incomplete: boolean;
  readonly mtu: number;
  /** The name of the node that is the next hop of the other nodes' default routes. */
  readonly gateway?: string;
  readonly internet: boolean;
  /** The bridge's own addresses, on a network with `internet`. */
  readonly bridgeAddresses: readonly Cidr[];
  readonly members: ModelInterface[];
  /** The gateway node's interface on the segment. */
  gatewayMember: ModelInterface | undefined;
  /** The next hops of the other nodes' default routes: the addresses of the gateway node or of the bridge. */
  gateways: Readonly<Partial<Record<Family, Ip>>>;
}

/** A node with its interfaces, before its other keys are resolved. */
export interface WiredNode {
  readonly name: string;
  readonly path: Path;
  readonly forward: boolean;
  readonly internet: boolean;
  /** Whether it has the key `publish`, even an empty list: ports of the host can be forwarded to it. */
  readonly publishes: boolean;
  /** Those on networks, then those on links; without the uplink. */
  readonly interfaces: ModelInterface[];
  /** Whether an interface or an address is invalid: then errors that depend on it are not reported. */
  incomplete: boolean;
}

export interface ModelInterface {
  readonly name: string;
  readonly node: WiredNode;
  readonly segment: Segment;
  readonly path: Path;
  /** Undefined unless the user set it. */
  readonly mac?: Mac;
  /** With prefix lengths; IPv4 first. */
  addresses: readonly Cidr[];
}

/** Whether a node has an uplink of its own: an interface to the host. */
export const hasUplink = ({ internet, publishes }: Pick<WiredNode, 'internet' | 'publishes'>): boolean =>
  internet || publishes;

/** The interface's first address of a family. */
export function addressIn(end: Pick<ModelInterface, 'addresses'>, family: Family): Ip | undefined {
  const address = end.addresses.find((candidate) => familyOf(candidate) === family);
  return address === undefined ? undefined : addressOf(address);
}
