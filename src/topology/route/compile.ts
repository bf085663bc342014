import { familyOf, parseCidr, type Cidr, type Family, type Ip } from '../../addr/index.ts';
import type { RouteState } from '../../state/index.ts';
import { DEFAULT_ROUTE, FAMILIES } from '../families.ts';
import { UPLINK } from '../names.ts';
import type { UplinkGateways } from '../uplink/index.ts';
import type { Segment, WiredNode } from '../wiring/index.ts';
import type { ModelRoute } from './resolve.ts';

/** Whether the lab's uplink has a family. */
type HasUplinkFor = (family: Family) => boolean;

/**
 * All routes of a node: its default routes and the user's. The kernel adds those of the interfaces' subnets itself.
 * @param uplink the gateways of the node's uplink; empty for a node without uplink
 */
export function compileRoutes(
  node: WiredNode,
  own: readonly ModelRoute[],
  uplink: UplinkGateways,
  hasUplink: HasUplinkFor,
): RouteState[] {
  const routes: RouteState[] = [];
  for (const family of FAMILIES) {
    const destination = DEFAULT_ROUTE[family];
    if (own.some(({ route }) => route.destination === destination && route.table === undefined)) continue;
    const viaUplink = uplink[family] === undefined ? undefined : { gateway: uplink[family], device: UPLINK };
    // A node with only `publish` uses the uplink if it has no other gateway: a reply from an unbound socket gets the
    // source address of the route that it takes.
    const hop =
      node.internet && viaUplink !== undefined ? viaUplink : (networkGateway(node, family, hasUplink) ?? viaUplink);
    if (hop !== undefined) routes.push({ type: 'unicast', destination, ...hop });
  }
  for (const { route } of own) routes.push(route);
  if (!routes.some(({ destination, table }) => destination === DEFAULT_ROUTE[4] && table === undefined))
    routes.push(...multicastRoutes(node, own));
  return routes;
}

/** IPv4 multicast (RFC 5771) and limited broadcast (RFC 919). */
const GROUPS = [parseCidr('224.0.0.0/4'), parseCidr('255.255.255.255/32')];

/**
 * The multicast and broadcast routes of a node without a default route: through its first interface with an IPv4
 * address, or else the first without any address, which can get one later. The kernel only adds such routes for IPv6.
 * A route of the user's replaces one of these.
 */
export function multicastRoutes(
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

/** The gateway of the first network of the node that has one of the family. */
function networkGateway(
  node: WiredNode,
  family: Family,
  hasUplink: HasUplinkFor,
): { gateway: Ip; device: string } | undefined {
  for (const { segment, name, addresses } of node.interfaces) {
    // Without an address of the family, the node has no source address.
    if (!addresses.some((address) => familyOf(address) === family)) continue;
    const gateway = gatewayOf(segment, node, family, hasUplink);
    if (gateway !== undefined) return { gateway, device: name };
  }
  return undefined;
}

function gatewayOf(segment: Segment, node: WiredNode, family: Family, hasUplink: HasUplinkFor): Ip | undefined {
  if (segment.internet ? !hasUplink(family) : segment.gatewayMember?.node === node) return undefined;
  return segment.gateways[family];
}
