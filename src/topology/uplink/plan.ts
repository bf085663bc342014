import { addressOf, cidr, type Cidr, type Family, type Ip } from '../../addr/index.ts';
import { FreeAddresses, hasUplink, hostCount, type Segment, type Subnet, type WiredNode } from '../wiring/index.ts';

/** The MTU of links between a lab and the host. */
export const UPLINK_MTU = 1500;

/** The host's addresses on the uplink, which are the next hops of default routes. A family without uplink is absent. */
export type UplinkGateways = Readonly<Partial<Record<Family, Ip>>>;

/** The networks and nodes of a lab whose uplink is planned. */
export interface UplinkUsers {
  readonly lab: string;
  readonly networks: readonly Segment[];
  readonly nodes: readonly WiredNode[];
  readonly segments: readonly Segment[];
}

/** A lab's uplink: its subnets, and all addresses in them. */
export interface Uplink {
  readonly subnets: readonly Subnet[];
  /** The host's addresses. */
  readonly host: readonly Cidr[];
  /** The addresses of the lab's own namespace. */
  readonly lab: readonly Cidr[];
  /** The addresses of each node with an uplink. */
  readonly nodes: ReadonlyMap<WiredNode, readonly Cidr[]>;
  readonly gateways: UplinkGateways;
}

/** The number of addresses before those of nodes: one for the host, one for the lab's own namespace. */
export const ADDRESSES_BEFORE_NODES = 2;

/**
 * The number of addresses that an uplink needs: one for the host, one for the lab's own namespace and one for each node
 * up to the last one with an uplink. Nodes without uplink in between reserve an address, so that no other address
 * changes when they get an uplink.
 */
export function uplinkSize({ nodes, networks }: Pick<UplinkUsers, 'nodes' | 'networks'>): number {
  const places = nodes.findLastIndex(hasUplink) + 1;
  return places > 0 || networks.some(({ internet }) => internet) ? places + ADDRESSES_BEFORE_NODES : 0;
}

/** Assigns the addresses of an uplink. Returns undefined if a subnet is too small. */
export function planUplink(users: UplinkUsers, subnets: readonly Subnet[]): Uplink | undefined {
  const size = uplinkSize(users);
  if (subnets.some((subnet) => hostCount(subnet) < size)) return undefined;
  const pools = subnets.map((subnet) => ({ subnet, free: new FreeAddresses(subnet, new Set()) }));
  const take = (): Cidr[] => pools.map(({ subnet, free }) => cidr(free.take()!, subnet.length));
  const host = take();
  const lab = take();
  const places = users.nodes.slice(0, size - ADDRESSES_BEFORE_NODES).map((node) => [node, take()] as const);
  const nodes = new Map(places.filter(([node]) => hasUplink(node)));
  const gateways = Object.fromEntries(subnets.map(({ family }, i) => [family, addressOf(host[i]!)])) as UplinkGateways;
  return { subnets, host, lab, nodes, gateways };
}

/** Whether an uplink has addresses of a family. */
export const hasUplinkFor = (uplink: Uplink | undefined, family: Family): boolean =>
  uplink?.gateways[family] !== undefined;
