import { addressOf, familyOf, type Cidr, type Family, type Ip, type Mac } from '../../addr/index.ts';
import type { Path } from '../../format/index.ts';
import type { Subnet } from './subnet.ts';

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
  /** The bridge's own addresses, on a network with `internet`. */
  readonly bridgeAddresses: readonly Cidr[];
  readonly members: ModelInterface[];
  /** Where the gateway node is plugged in. */
  gatewayMember: ModelInterface | undefined;
  /** The addresses others' default routes point to: the gateway node's or the bridge's. */
  gateways: Readonly<Partial<Record<Family, Ip>>>;
}

/** A node with its interfaces, before its other keys are resolved. */
export interface WiredNode {
  readonly name: string;
  readonly path: Path;
  readonly forward: boolean;
  readonly internet: boolean;
  /** Whether it has `publish`, be it empty: ports of the host's may lead to it. */
  readonly publishes: boolean;
  /** Of its networks and links, in order; the uplink is not among them. */
  readonly interfaces: ModelInterface[];
  /** An interface or an address of it was refused: what depends on them is not worth a message of its own. */
  incomplete: boolean;
}

export interface ModelInterface {
  readonly name: string;
  readonly node: WiredNode;
  readonly segment: Segment;
  readonly path: Path;
  /** Given by the user. */
  readonly mac?: Mac;
  /** With prefix lengths; IPv4's first. */
  addresses: readonly Cidr[];
}

/** Whether a node has an interface of its own to the host. */
export const hasUplink = ({ internet, publishes }: Pick<WiredNode, 'internet' | 'publishes'>): boolean =>
  internet || publishes;

/** The interface's first address of a family. */
export function addressIn(of: Pick<ModelInterface, 'addresses'>, family: Family): Ip | undefined {
  const address = of.addresses.find((candidate) => familyOf(candidate) === family);
  return address === undefined ? undefined : addressOf(address);
}
