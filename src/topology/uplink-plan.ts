import { addressOf, cidr, type Cidr, type Family } from '../addr/index.ts';
import { hasUplink, type Model, type ModelNode } from './model.ts';
import type { UplinkGateways } from './routes.ts';
import { FreeAddresses, hostCount, type Subnet } from './subnet.ts';

/** A lab's way out: its addresses, in the uplink's subnets. */
export interface Uplink {
  readonly subnets: readonly Subnet[];
  /** The host's. */
  readonly host: readonly Cidr[];
  /** The lab's own namespace's. */
  readonly lab: readonly Cidr[];
  /** Those of each node with an uplink of its own. */
  readonly nodes: ReadonlyMap<ModelNode, readonly Cidr[]>;
  readonly gateways: UplinkGateways;
}

/** The addresses of an uplink before those of nodes: the host's, and that of the lab's own namespace. */
export const BEFORE_NODES = 2;

/**
 * How many addresses an uplink needs: one for the host, one for the lab's own namespace and one for each node as far as
 * the last one on it. Those that are not on it keep their place, and so no other node's address changes when they are
 * put on it.
 */
export function uplinkSize(model: Model): number {
  const places = model.nodes.findLastIndex(hasUplink) + 1;
  return places > 0 || model.networks.some(({ internet }) => internet) ? places + BEFORE_NODES : 0;
}

/** Gives out the addresses of an uplink; nothing when a subnet has too few. */
export function planUplink(model: Model, subnets: readonly Subnet[]): Uplink | undefined {
  const size = uplinkSize(model);
  if (subnets.some((subnet) => hostCount(subnet) < size)) return undefined;
  const pools = subnets.map((subnet) => ({ subnet, free: new FreeAddresses(subnet, new Set()) }));
  const take = (): Cidr[] => pools.map(({ subnet, free }) => cidr(free.take()!, subnet.length));
  const host = take();
  const lab = take();
  const places = model.nodes.slice(0, size - BEFORE_NODES).map((node) => [node, take()] as const);
  const nodes = new Map(places.filter(([node]) => hasUplink(node)));
  const gateways = Object.fromEntries(subnets.map(({ family }, i) => [family, addressOf(host[i]!)])) as UplinkGateways;
  return { subnets, host, lab, nodes, gateways };
}

/** Whether a network's packets of a family find a way out. */
export const hasWayOut = (uplink: Uplink | undefined, family: Family): boolean =>
  uplink?.gateways[family] !== undefined;
