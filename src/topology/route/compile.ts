import { familyOf, parseCidr, type Cidr, type Family, type Ip } from '../../addr/index.ts';
import type { RouteState } from '../../state/index.ts';
import { DEFAULT_ROUTE, FAMILIES } from '../families.ts';
import { UPLINK } from '../names.ts';
import type { UplinkGateways } from '../uplink/index.ts';
import type { Segment, WiredNode } from '../wiring/index.ts';
import type { ModelRoute } from './resolve.ts';

/** Whether networks with `internet` find a way out with a family. */
type UplinkRoute = (family: Family) => boolean;

/**
 * All routes of a node but those the kernel makes of its addresses: its default routes and its own.
 * @param uplink the gateways of the node's uplink; none where it has no uplink
 */
export function compileRoutes(
  node: WiredNode,
  own: readonly ModelRoute[],
  uplink: UplinkGateways,
  hasWayOut: UplinkRoute,
): RouteState[] {
  const routes: RouteState[] = [];
  for (const family of FAMILIES) {
    const destination = DEFAULT_ROUTE[family];
    if (own.some(({ route }) => route.destination === destination && route.table === undefined)) continue;
    const out = uplink[family] === undefined ? undefined : { gateway: uplink[family], device: UPLINK };
    // One that only publishes takes the uplink where it has no other way: what answers from no address in particular
    // gets that of the way it takes.
    const way = node.internet && out !== undefined ? out : (networkGateway(node, family, hasWayOut) ?? out);
    if (way !== undefined) routes.push({ type: 'unicast', destination, ...way });
  }
  for (const { route } of own) routes.push(route);
  if (!routes.some(({ destination, table }) => destination === DEFAULT_ROUTE[4] && table === undefined))
    routes.push(...groupRoutes(node, own));
  return routes;
}

/** Multicast (RFC 5771), and the broadcast of whatever network one is on (RFC 919). */
const GROUPS = [parseCidr('224.0.0.0/4'), parseCidr('255.255.255.255/32')];

/**
 * Where a node that has no default route sends what is for many: out of its first interface with an IPv4 address, or the
 * first that is yet to get one. The kernel has such routes for IPv6 alone. Those stay that the node has of its own.
 */
export function groupRoutes(
  { interfaces }: { readonly interfaces: readonly { readonly name: string; readonly addresses: readonly Cidr[] }[] },
  own: readonly { readonly route: RouteState }[],
): RouteState[] {
  const first =
    interfaces.find(({ addresses }) => addresses.some((address) => familyOf(address) === 4)) ??
    interfaces.find(({ addresses }) => addresses.length === 0);
  if (first === undefined) return [];
  return GROUPS.filter(
    (group) => !own.some(({ route }) => route.destination === group && route.table === undefined),
  ).map((destination) => ({ type: 'unicast', destination, device: first.name }));
}

/** The gateway of the first of the node's networks that has one for it. */
function networkGateway(
  node: WiredNode,
  family: Family,
  hasWayOut: UplinkRoute,
): { gateway: Ip; device: string } | undefined {
  for (const { segment, name, addresses } of node.interfaces) {
    // Without an address of the family there is nothing to send from.
    if (!addresses.some((address) => familyOf(address) === family)) continue;
    const gateway = gatewayOf(segment, node, family, hasWayOut);
    if (gateway !== undefined) return { gateway, device: name };
  }
  return undefined;
}

function gatewayOf(segment: Segment, node: WiredNode, family: Family, hasWayOut: UplinkRoute): Ip | undefined {
  if (segment.internet ? !hasWayOut(family) : segment.gatewayMember?.node === node) return undefined;
  return segment.gateways[family];
}
