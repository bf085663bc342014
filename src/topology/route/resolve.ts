import { addressOf, contains, type Family, type Ip } from '../../addr/index.ts';
import { didYouMean } from '../../base/index.ts';
import type { Issues, Path } from '../../format/index.ts';
import type { RouteState } from '../../state/index.ts';
import { isLinkLocal, needsIpv6Message } from '../families.ts';
import { UPLINK } from '../names.ts';
import { addressFault, destinationFault, type WiredNode } from '../wiring/index.ts';
import { parseRoute, type ParsedNexthop, type ParsedRoute } from './text.ts';

/** A route of the key `routes`, with its device. */
export interface ModelRoute {
  readonly path: Path;
  readonly family: Family;
  readonly route: RouteState;
}

/** Parses a node's routes, and finds the device of each. Errors go to `issues`. */
export function resolveRoutes(node: WiredNode, texts: readonly string[], issues: Issues): ModelRoute[] {
  const routes: ModelRoute[] = [];
  const textByKey = new Map<string, string>();
  for (const [i, text] of texts.entries()) {
    const path = [...node.path, 'routes', i];
    const parsed = parseRoute(text);
    // The attributes by which the kernel identifies a route.
    const key = `${parsed.destination} ${parsed.table ?? 'main'} ${parsed.metric ?? ''}`;
    const same = textByKey.get(key);
    if (same !== undefined) issues.add(path, `the route "${text}" has the destination, table and metric of "${same}"`);
    textByKey.set(key, text);
    const route = resolveRoute(node, parsed, path, issues);
    if (route !== undefined) routes.push({ path, family: parsed.family, route });
  }
  return routes;
}

function resolveRoute(node: WiredNode, parsed: ParsedRoute, path: Path, issues: Issues): RouteState | undefined {
  const { type, destination, source, metric, mtu, table, onlink } = parsed;
  const fault = type === 'unicast' ? destinationFault(destination) : undefined;
  if (fault !== undefined) {
    issues.add(path, `packets to ${destination} are not routed: ${fault}`);
    return undefined;
  }
  if (source !== undefined && !mayHave(node, source)) {
    issues.add(path, `the source ${source} is not an address of "${node.name}"`);
    return undefined;
  }
  const hops = parsed.nexthops.map((hop) => resolveHop(node, hop, onlink === true, path, issues));
  if (!hops.every((hop) => hop !== undefined)) return undefined;
  const [first] = hops;
  const hop =
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
    ...hop,
    ...(source !== undefined && { source }),
    ...(metric !== undefined && { metric }),
    ...(mtu !== undefined && { mtu }),
    ...(table !== undefined && { table }),
  };
}

function resolveHop(
  node: WiredNode,
  hop: ParsedNexthop,
  onlink: boolean,
  path: Path,
  issues: Issues,
): (ParsedNexthop & { device: string }) | undefined {
  const { gateway, device } = hop;
  const fault = gateway === undefined || isLinkLocal(gateway) ? undefined : addressFault(gateway);
  if (fault !== undefined) {
    issues.add(path, `invalid gateway ${gateway}: ${fault}`);
    return undefined;
  }
  if (device !== undefined) {
    const devices = [...node.interfaces.map(({ name }) => name), ...(node.internet ? [UPLINK] : []), 'lo'];
    if (!devices.includes(device)) {
      issues.add(path, `the node "${node.name}" has no interface "${device}"${didYouMean(device, devices)}`);
      return undefined;
    }
    // The addresses of an uplink are only known when the lab is built.
    if (gateway === undefined || onlink || device === UPLINK || isLinkLocal(gateway)) return { ...hop, device };
  } else if (gateway !== undefined && isLinkLocal(gateway)) {
    issues.add(path, `the gateway ${gateway} is link-local: name its interface with "dev"`);
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
  const networks = device === undefined ? `any network of "${node.name}"` : `the network of "${device}"`;
  const known = node.interfaces.flatMap(({ addresses }) => addresses).join(', ');
  const remedy = known === '' ? 'the node has no address' : `the node's addresses are ${known}`;
  issues.add(path, `the gateway ${gateway} is not on ${networks}: ${remedy}`);
  return undefined;
}

/** Whether a node can have an address. The addresses of its uplink are not known yet. */
const mayHave = (node: WiredNode, ip: Ip): boolean =>
  node.internet ||
  isLinkLocal(ip) ||
  node.interfaces.some(({ addresses }) => addresses.some((address) => addressOf(address) === ip));

/** Reports IPv6 routes, for a kernel without IPv6. */
export function refuseIpv6Routes(routes: readonly ModelRoute[], issues: Issues): void {
  for (const { path, family, route } of routes)
    if (family === 6) issues.add(path, needsIpv6Message(`the route to ${route.destination}`));
}
