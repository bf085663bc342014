import { addressOf, cidr, type Cidr, type Family, type Ip } from '../../addr/index.ts';
import { FreeAddresses, hasUplink, hostCount, type Segment, type Subnet, type WiredNode } from '../wiring/index.ts';

/** The MTU of links between a lab and the host. */
export const UPLINK_MTU = 1500;

/** The addresses that lead out, by family; those of a family that leads nowhere are absent. */
export type UplinkGateways = Readonly<Partial<Record<Family, Ip>>>;

/** Those of a lab whose uplink is planned. */
export interface UplinkUsers {
  readonly lab: string;
  readonly networks: readonly Segment[];
  readonly nodes: readonly WiredNode[];
  readonly segments: readonly Segment[];
}

/** A lab's way out: its addresses, in the uplink's subnets. */
export interface Uplink {
  readonly subnets: readonly Subnet[];
  /** The host's. */
  readonly host: readonly Cidr[];
  /** The lab's own namespace's. */
  readonly lab: readonly Cidr[];
  /** Those of each node with an uplink of its own. */
  readonly nodes: ReadonlyMap<WiredNode, readonly Cidr[]>;
  readonly gateways: UplinkGateways;
}

/** The addresses of an uplink before those of nodes: the host's, and that of the lab's own namespace. */
export const BEFORE_NODES = 2;

/**
 * How many addresses an uplink needs: one for the host, one for the lab's own namespace and one for each node as far as
 * the last one on it. Those that are not on it keep their place, and so no other node's address changes when they are
 * put on it.
 */
export function uplinkSize({ nodes, networks }: Pick<UplinkUsers, 'nodes' | 'networks'>): number {
  const places = nodes.findLastIndex(hasUplink) + 1;
  return places > 0 || networks.some(({ internet }) => internet) ? places + BEFORE_NODES : 0;
}

/** Gives out the addresses of an uplink; nothing when a subnet has too few. */
export function planUplink(users: UplinkUsers, subnets: readonly Subnet[]): Uplink | undefined {
  const size = uplinkSize(users);
  if (subnets.some((subnet) => hostCount(subnet) < size)) return undefined;
  const pools = subnets.map((subnet) => ({ subnet, free: new FreeAddresses(subnet, new Set()) }));
  const take = (): Cidr[] => pools.map(({ subnet, free }) => cidr(free.take()!, subnet.length));
  const host = take();
  const lab = take();
  const places = users.nodes.slice(0, size - BEFORE_NODES).map((node) => [node, take()] as const);
  const nodes = new Map(places.filter(([node]) => hasUplink(node)));
  const gateways = Object.fromEntries(subnets.map(({ family }, i) => [family, addressOf(host[i]!)])) as UplinkGateways;
  return { subnets, host, lab, nodes, gateways };
}

/** Whether a network's packets of a family find a way out. */
export const hasUplinkFor = (uplink: Uplink | undefined, family: Family): boolean =>
  uplink?.gateways[family] !== undefined;
