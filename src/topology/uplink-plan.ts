import { addressOf, cidr, type Cidr, type Family } from '../addr/index.ts';
import { hasUplink, type Model, type ModelNode } from './model.ts';
import type { UplinkGateways } from './routes.ts';
import { FreeAddresses, type Subnet } from './subnet.ts';

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

/** How many addresses an uplink needs: one for the host, one for the lab's own namespace and one for each node on it. */
export function uplinkSize({ nodes, networks }: Model): number {
  const own = nodes.filter(hasUplink).length;
  return own > 0 || networks.some(({ internet }) => internet) ? own + 2 : 0;
}

/** Gives out the addresses of an uplink; nothing when a subnet has too few. */
export function planUplink(model: Model, subnets: readonly Subnet[]): Uplink | undefined {
  const pools = subnets.map((subnet) => ({ subnet, free: new FreeAddresses(subnet, new Set()) }));
  let enough = true;
  const take = (): Cidr[] =>
    pools.flatMap(({ subnet, free }) => {
      const ip = free.take();
      enough &&= ip !== undefined;
      return ip === undefined ? [] : [cidr(ip, subnet.length)];
    });
  const host = take();
  const lab = take();
  const nodes = new Map(model.nodes.filter(hasUplink).map((node) => [node, take()] as const));
  if (!enough) return undefined;
  const gateways = Object.fromEntries(subnets.map(({ family }, i) => [family, addressOf(host[i]!)])) as UplinkGateways;
  return { subnets, host, lab, nodes, gateways };
}

/** Whether a network's packets of a family find a way out. */
export const hasWayOut = (uplink: Uplink | undefined, family: Family): boolean =>
  uplink?.gateways[family] !== undefined;
