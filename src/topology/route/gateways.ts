import type { Family, Ip } from '../../addr/index.ts';
import type { RouteState } from '../../state/index.ts';
import { DEFAULT_ROUTE, FAMILIES } from '../families.ts';
import {
  bridgeAddresses,
  hasInternet,
  publishes,
  type FoundNode,
  type FoundSegment,
  type Layout,
} from '../layout/index.ts';
import { UPLINK } from '../names.ts';
import type { UplinkGateways } from '../uplink/index.ts';
import { addressIn } from '../wiring/index.ts';

/** Which node is the gateway of each network. */
export type Gateways = Map<FoundSegment, FoundNode>;

/** Whether a route of the main table is a default route. */
export const isDefault = (route: RouteState, family: Family): boolean =>
  route.destination === DEFAULT_ROUTE[family] && route.table === undefined;

/** Finds the gateways of networks from the default routes of the nodes on them. */
export function gatewaysOf({ networks, nodes }: Layout, host: UplinkGateways): Gateways {
  const gateways: Gateways = new Map();
  for (const network of networks) {
    if (bridgeAddresses(network).length > 0) continue;
    const gateway = mostUsedGateway(network);
    if (gateway !== undefined) gateways.set(network, gateway);
  }
  // The key `gateway` implies a default route for every node: remove a gateway if a node has no default route.
  for (let changed = true; changed;) {
    changed = false;
    for (const node of nodes) {
      for (const family of FAMILIES) {
        const hop = impliedGateways(node, family, gateways, host);
        if (hop === undefined || node.state.routes.some((route) => isDefault(route, family))) continue;
        changed ||= hop.segment !== undefined && gateways.delete(hop.segment);
      }
    }
  }
  return gateways;
}

/** The node that is the next hop of most default routes through a network. */
function mostUsedGateway({ ends }: FoundSegment): FoundNode | undefined {
  const owners = new Map<string, FoundNode>();
  for (const { node, addresses } of ends)
    for (const family of FAMILIES) {
      const ip = addressIn({ addresses }, family);
      if (ip !== undefined) owners.set(ip, node);
    }
  const votes = new Map<FoundNode, number>();
  for (const { node, name } of ends) {
    for (const { gateway, device, destination } of node.state.routes) {
      if (device !== name || gateway === undefined || !Object.values(DEFAULT_ROUTE).includes(destination)) continue;
      const owner = owners.get(gateway);
      if (owner !== undefined && owner !== node) votes.set(owner, (votes.get(owner) ?? 0) + 1);
    }
  }
  const [most] = [...votes].toSorted(([, a], [, b]) => b - a);
  return most?.[0];
}

/** The next hop of the default route that the topology implies for a node; undefined if it implies none. */
export function impliedGateways(
  node: FoundNode,
  family: Family,
  gateways: Gateways,
  host: UplinkGateways,
): { readonly gateway: Ip; readonly device: string; readonly segment?: FoundSegment } | undefined {
  const viaUplink = host[family] === undefined ? undefined : { gateway: host[family], device: UPLINK };
  if (hasInternet(node) && viaUplink !== undefined) return viaUplink;
  for (const { segment, name, addresses } of node.ends) {
    if (addressIn({ addresses }, family) === undefined) continue;
    const gateway = gatewayAddress(segment, node, family, gateways, host);
    if (gateway !== undefined) return { gateway, device: name, segment };
  }
  return publishes(node) ? viaUplink : undefined;
}

function gatewayAddress(
  segment: FoundSegment,
  node: FoundNode,
  family: Family,
  gateways: Gateways,
  host: UplinkGateways,
): Ip | undefined {
  const own = bridgeAddresses(segment);
  if (own.length > 0) return host[family] === undefined ? undefined : addressIn({ addresses: own }, family);
  const gateway = gateways.get(segment);
  if (gateway === undefined || gateway === node) return undefined;
  return addressIn({ addresses: gateway.ends.find((end) => end.segment === segment)?.addresses ?? [] }, family);
}
