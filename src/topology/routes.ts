import { addressOf, contains, familyOf, parseCidr, type Cidr, type Family, type Ip } from '../addr/index.ts';
import { didYouMean } from '../base/text.ts';
import type { RouteState } from '../state/index.ts';
import type { Path, Issues } from '../format/index.ts';
import { DEFAULT_ROUTE, FAMILIES, type ModelNode, type Segment } from './model.ts';
import { parseRoute, type ParsedNexthop, type ParsedRoute } from './route-text.ts';
import { addressFault, destinationFault } from './special-networks.ts';
import { UPLINK } from './uplink-names.ts';

/** Reads a node's own routes, with the device filled in. */
export function resolveRoutes(node: ModelNode, texts: readonly string[], issues: Issues): void {
  const seen = new Map<string, string>();
  for (const [i, text] of texts.entries()) {
    const path = [...node.path, 'routes', i];
    const parsed = parseRoute(text);
    // What the kernel tells routes apart by.
    const key = `${parsed.destination} ${parsed.table ?? 'main'} ${parsed.metric ?? ''}`;
    const same = seen.get(key);
    if (same !== undefined) issues.add(path, `the route "${text}" has the destination, table and metric of "${same}"`);
    seen.set(key, text);
    const route = resolve(node, parsed, path, issues);
    if (route !== undefined) node.routes.push({ path, family: parsed.family, route });
  }
}

function resolve(node: ModelNode, parsed: ParsedRoute, path: Path, issues: Issues): RouteState | undefined {
  const { type, destination, source, metric, mtu, table, onlink } = parsed;
  const fault = type === 'unicast' ? destinationFault(destination) : undefined;
  if (fault !== undefined) {
    issues.add(path, `no packet to ${destination} takes a route: ${fault}`);
    return undefined;
  }
  if (source !== undefined && !mayHave(node, source)) {
    issues.add(path, `the source ${source} is not an address of "${node.name}"`);
    return undefined;
  }
  const hops = parsed.nexthops.map((hop) => resolveHop(node, hop, onlink === true, path, issues));
  if (!hops.every((hop) => hop !== undefined)) return undefined;
  const [first] = hops;
  const way =
    hops.length > 1
      ? { nexthops: hops }
      : first !== undefined && {
          ...(first.gateway !== undefined && { gateway: first.gateway }),
          device: first.device,
          ...(onlink === true && { onlink }),
        };
  return {
    type,
    destination,
    ...way,
    ...(source !== undefined && { source }),
    ...(metric !== undefined && { metric }),
    ...(mtu !== undefined && { mtu }),
    ...(table !== undefined && { table }),
  };
}

function resolveHop(
  node: ModelNode,
  hop: ParsedNexthop,
  onlink: boolean,
  path: Path,
  issues: Issues,
): (ParsedNexthop & { device: string }) | undefined {
  const { gateway, device } = hop;
  const fault = gateway === undefined || isLinkLocal(gateway) ? undefined : addressFault(gateway);
  if (fault !== undefined) {
    issues.add(path, `the gateway ${gateway} is no host: ${fault}`);
    return undefined;
  }
  if (device !== undefined) {
    const devices = [...node.interfaces.map(({ name }) => name), ...(node.internet ? [UPLINK] : []), 'lo'];
    if (!devices.includes(device)) {
      issues.add(path, `the node "${node.name}" has no interface "${device}"${didYouMean(device, devices)}`);
      return undefined;
    }
    // The addresses of an uplink are not known until the lab is built.
    if (gateway === undefined || onlink || device === UPLINK || isLinkLocal(gateway)) return { ...hop, device };
  } else if (gateway !== undefined && isLinkLocal(gateway)) {
    issues.add(path, `the gateway ${gateway} is link-local: say on which interface, with "dev"`);
    return undefined;
  }
  if (gateway === undefined) return undefined;
  for (const { name, addresses } of node.interfaces) {
    if (device !== undefined && device !== name) continue;
    if (addresses.some((address) => addressOf(address) === gateway)) {
      issues.add(path, `the gateway ${gateway} is an address of "${node.name}" itself`);
      return undefined;
    }
    if (addresses.some((address) => contains(address, gateway))) return { ...hop, device: name };
  }
  const place = device === undefined ? `any network of "${node.name}"` : `the network of "${device}"`;
  const known = node.interfaces.flatMap(({ addresses }) => addresses).join(', ');
  const remedy = known === '' ? 'the node has no address' : `the node's addresses are ${known}`;
  issues.add(path, `the gateway ${gateway} is not on ${place}: ${remedy}`);
  return undefined;
}

const LINK_LOCAL = parseCidr('fe80::/10');
const isLinkLocal = (ip: Ip): boolean => familyOf(ip) === 6 && contains(LINK_LOCAL, ip);

/** Whether an address is one of the node's, as far as is known before its uplink has any. */
const mayHave = (node: ModelNode, ip: Ip): boolean =>
  node.internet ||
  isLinkLocal(ip) ||
  node.interfaces.some(({ addresses }) => addresses.some((address) => addressOf(address) === ip));

/** The way out that an uplink of the node's own gives it, per family. */
export type UplinkGateways = Readonly<Partial<Record<Family, Ip>>>;

/** Whether networks with `internet` find a way out with a family. */
type WayOut = (family: Family) => boolean;

/** All routes of a node but those the kernel makes of its addresses: its default routes and its own. */
export function routesOf(node: ModelNode, uplink: UplinkGateways, hasWayOut: WayOut): RouteState[] {
  const routes: RouteState[] = [];
  for (const family of FAMILIES) {
    const destination = DEFAULT_ROUTE[family];
    if (node.routes.some(({ route }) => route.destination === destination && route.table === undefined)) continue;
    const out = uplink[family] === undefined ? undefined : { gateway: uplink[family], device: UPLINK };
    // One that only publishes takes the uplink where it has no other way: what answers from no address in particular
    // gets that of the way it takes.
    const way = node.internet && out !== undefined ? out : (networkGateway(node, family, hasWayOut) ?? out);
    if (way !== undefined) routes.push({ type: 'unicast', destination, ...way });
  }
  for (const { route } of node.routes) routes.push(route);
  if (!routes.some(({ destination, table }) => destination === DEFAULT_ROUTE[4] && table === undefined))
    routes.push(...groupRoutes(node, node.routes));
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
  node: ModelNode,
  family: Family,
  hasWayOut: WayOut,
): { gateway: Ip; device: string } | undefined {
  for (const { segment, name, addresses } of node.interfaces) {
    // Without an address of the family there is nothing to send from.
    if (!addresses.some((address) => familyOf(address) === family)) continue;
    const gateway = gatewayOf(segment, node, family, hasWayOut);
    if (gateway !== undefined) return { gateway, device: name };
  }
  return undefined;
}

function gatewayOf(segment: Segment, node: ModelNode, family: Family, hasWayOut: WayOut): Ip | undefined {
  if (segment.internet ? !hasWayOut(family) : segment.gatewayMember?.node === node) return undefined;
  return segment.gateways[family];
}
