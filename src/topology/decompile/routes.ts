import { isDeepStrictEqual } from 'node:util';
import { addressOf, contains, familyOf, parseCidr, type Cidr, type Family, type Ip } from '../../addr/index.ts';
import type { NexthopState, ObservedRoute } from '../../state/index.ts';
import { DEFAULT_ROUTE, FAMILIES } from '../model.ts';
import { PUBLISH_TABLE } from '../publish.ts';
import { groupRoutes } from '../routes.ts';
import { UPLINK } from '../uplink-names.ts';
import type { Notes } from './notes.ts';
import { bridgeAddresses } from './subnets.ts';
import { firstOf, hasInternet, publishes, type End, type Node, type Segment, type Shape } from './shape.ts';

/** Which node is the gateway of each network. */
export type Gateways = Map<Segment, Node>;

/** The addresses on the host that an uplink leads to, by family; those of a family that leads nowhere are absent. */
export type HostGateways = Readonly<Partial<Record<Family, Ip>>>;

const isDefault = (route: ObservedRoute, family: Family): boolean =>
  route.destination === DEFAULT_ROUTE[family] && route.table === undefined;

/** The gateways of networks, by the default routes of those that are on them. */
export function gatewaysOf({ networks, nodes }: Shape, host: HostGateways): Gateways {
  const gateways: Gateways = new Map();
  for (const network of networks) {
    if (bridgeAddresses(network).length > 0) continue;
    const gateway = mostNamed(network);
    if (gateway !== undefined) gateways.set(network, gateway);
  }
  // A gateway gives everyone a default route: it is none where somebody has no such route at all.
  for (let again = true; again;) {
    again = false;
    for (const node of nodes) {
      for (const family of FAMILIES) {
        const way = impliedWay(node, family, gateways, host);
        if (way === undefined || node.state.routes.some((route) => isDefault(route, family))) continue;
        again ||= way.segment !== undefined && gateways.delete(way.segment);
      }
    }
  }
  return gateways;
}

function mostNamed({ ends }: Segment): Node | undefined {
  const owners = new Map<string, Node>();
  for (const { node, addresses } of ends)
    for (const family of FAMILIES) {
      const ip = firstOf(addresses, family);
      if (ip !== undefined) owners.set(ip, node);
    }
  const votes = new Map<Node, number>();
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

/** The way out that a topology would give a node. */
function impliedWay(
  node: Node,
  family: Family,
  gateways: Gateways,
  host: HostGateways,
): { readonly gateway: Ip; readonly device: string; readonly segment?: Segment } | undefined {
  const out = host[family] === undefined ? undefined : { gateway: host[family], device: UPLINK };
  if (hasInternet(node) && out !== undefined) return out;
  for (const { segment, name, addresses } of node.ends) {
    if (firstOf(addresses, family) === undefined) continue;
    const gateway = gatewayAddress(segment, node, family, gateways, host);
    if (gateway !== undefined) return { gateway, device: name, segment };
  }
  return publishes(node) ? out : undefined;
}

function gatewayAddress(
  segment: Segment,
  node: Node,
  family: Family,
  gateways: Gateways,
  host: HostGateways,
): Ip | undefined {
  const own = bridgeAddresses(segment);
  if (own.length > 0) return host[family] === undefined ? undefined : firstOf(own, family);
  const gateway = gateways.get(segment);
  if (gateway === undefined || gateway === node) return undefined;
  return firstOf(gateway.ends.find((end) => end.segment === segment)?.addresses ?? [], family);
}

/** The routes of a node that have to be written, as texts. */
export function writtenRoutes(node: Node, gateways: Gateways, host: HostGateways, notes: Notes): string[] {
  const path = ['nodes', node.name];
  const implied = new Set<ObservedRoute>();
  for (const family of FAMILIES) {
    const way = impliedWay(node, family, gateways, host);
    const own = node.state.routes.filter((route) => isDefault(route, family));
    const [only] = own;
    if (way === undefined) continue;
    if (only === undefined)
      notes.add(path, `it has no default route; as a topology it would have one, via ${way.gateway}`);
    else if (own.length === 1 && isPlain(only) && only.gateway === way.gateway && only.device === way.device)
      implied.add(only);
  }
  if (!node.state.routes.some((route) => isDefault(route, 4)))
    for (const group of groupRoutes({ interfaces: node.ends }, []))
      for (const route of node.state.routes) if (isDeepStrictEqual(route, group)) implied.add(route);
  return node.state.routes.flatMap((route) => {
    if (implied.has(route) || (route.table === PUBLISH_TABLE && publishes(node))) return [];
    const text = routeText(route, node);
    if (text === undefined)
      notes.add(path, `a ${route.type} route to ${route.destination} is left out: a topology cannot say it`);
    return text ?? [];
  });
}

/** Whether a route says where it leads, and nothing else. */
const isPlain = (route: ObservedRoute): boolean =>
  route.type === 'unicast' &&
  Object.entries(route).every(
    ([key, value]) => value === undefined || ['type', 'destination', 'gateway', 'device'].includes(key),
  );

const WORDS: Readonly<Partial<Record<ObservedRoute['type'], string>>> = {
  unicast: '',
  blackhole: 'blackhole ',
  unreachable: 'unreachable ',
  prohibit: 'prohibit ',
};

/** A route as a topology writes it; undefined for one that it cannot. */
function routeText(route: ObservedRoute, node: Node): string | undefined {
  const { destination, gateway, device, source, metric, mtu, table, onlink, nexthops, tos, from } = route;
  const word = WORDS[route.type];
  if (word === undefined || tos !== undefined || from !== undefined) return undefined;
  if (source !== undefined && !mayHave(node, source)) return undefined;
  const direct = gateway === undefined && device === undefined ? '' : hopText(route, node, onlink === true);
  const hops = (nexthops ?? []).map((hop) => hopText(hop, node, false));
  if (direct === undefined || hops.includes(undefined)) return undefined;
  if (route.type === 'unicast' ? direct === '' && hops.length < 2 : direct !== '' || hops.length > 0) return undefined;
  // The word "default" takes its family from the addresses that follow.
  const family = familyOf(destination);
  const isKnown = family === 4 || [gateway, source, nexthops?.[0]?.gateway].some((ip) => ip !== undefined);
  return [
    `${word}${isKnown && destination === DEFAULT_ROUTE[family] ? 'default' : destinationText(destination)}`,
    direct,
    onlink === true ? 'onlink' : '',
    source === undefined ? '' : `src ${source}`,
    metric === undefined ? '' : `metric ${metric}`,
    mtu === undefined ? '' : `mtu ${mtu}`,
    table === undefined ? '' : `table ${table}`,
    ...hops.map((hop, i) => `nexthop ${hop}${nexthops![i]!.weight === 1 ? '' : ` weight ${nexthops![i]!.weight}`}`),
  ]
    .filter((text) => text !== '')
    .join(' ');
}

/** An address alone stands for itself, without its prefix length. */
const destinationText = (destination: Cidr): string =>
  destination.replace(familyOf(destination) === 4 ? /\/32$/ : /\/128$/, '');

const LINK_LOCAL = parseCidr('fe80::/10');
const isLinkLocal = (ip: Ip): boolean => contains(LINK_LOCAL, ip);

const mayHave = (node: Node, ip: Ip): boolean =>
  node.uplink !== undefined ||
  isLinkLocal(ip) ||
  node.ends.some(({ addresses }) => addresses.some((address) => addressOf(address) === ip));

/** Where a route goes next: the device only where it does not follow from the gateway. */
function hopText(
  { gateway, device }: Pick<NexthopState, 'gateway' | 'device'>,
  node: Node,
  onlink: boolean,
): string | undefined {
  if (device === undefined || !isDevice(device, node)) return undefined;
  if (gateway === undefined) return `dev ${device}`;
  if (node.ends.some(({ addresses }) => addresses.some((address) => addressOf(address) === gateway))) return undefined;
  const via = `via ${gateway}`;
  if (onlink || device === UPLINK || isLinkLocal(gateway)) return `${via} dev ${device}`;
  const reaches = ({ addresses }: End): boolean => addresses.some((address) => contains(address, gateway));
  if (node.ends.find(reaches)?.name === device) return via;
  return node.ends.some((end) => end.name === device && reaches(end)) ? `${via} dev ${device}` : undefined;
}

const isDevice = (name: string, { ends, uplink }: Node): boolean =>
  name === 'lo' || (name === UPLINK && uplink !== undefined) || ends.some((end) => end.name === name);
