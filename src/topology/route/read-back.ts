import { isDeepStrictEqual } from 'node:util';
import { addressOf, contains, familyOf, type Cidr, type Ip } from '../../addr/index.ts';
import type { Notes } from '../../format/index.ts';
import type { NexthopState, ObservedRoute } from '../../state/index.ts';
import { DEFAULT_ROUTE, FAMILIES, isLinkLocal } from '../families.ts';
import { publishes, type FoundEnd, type FoundNode } from '../layout/index.ts';
import { PUBLISH_TABLE, UPLINK } from '../names.ts';
import type { UplinkGateways } from '../uplink/index.ts';
import { multicastRoutes } from './compile.ts';
import { impliedGateways, isDefault, type Gateways } from './gateways.ts';

/** The key `routes` of a node: all routes that its other keys do not imply, as texts. */
export function readBackRoutes(node: FoundNode, gateways: Gateways, host: UplinkGateways, notes: Notes): string[] {
  const path = ['nodes', node.name];
  const implied = new Set<ObservedRoute>();
  for (const family of FAMILIES) {
    const hop = impliedGateways(node, family, gateways, host);
    const defaults = node.state.routes.filter((route) => isDefault(route, family));
    const [only] = defaults;
    if (hop === undefined) continue;
    if (only === undefined)
      notes.add(path, `it has no default route, but the topology gives it one, via ${hop.gateway}`);
    else if (defaults.length === 1 && isPlain(only) && only.gateway === hop.gateway && only.device === hop.device)
      implied.add(only);
  }
  if (!node.state.routes.some((route) => isDefault(route, 4)))
    for (const group of multicastRoutes({ interfaces: node.ends }, []))
      for (const route of node.state.routes) if (isDeepStrictEqual(route, group)) implied.add(route);
  return node.state.routes.flatMap((route) => {
    if (implied.has(route) || (route.table === PUBLISH_TABLE && publishes(node))) return [];
    const text = routeText(route, node);
    if (text === undefined)
      notes.add(path, `a ${route.type} route to ${route.destination} is omitted: a topology cannot express it`);
    return text ?? [];
  });
}

/** Whether a route is a unicast route with no other attributes than gateway and device. */
const isPlain = (route: ObservedRoute): boolean =>
  route.type === 'unicast' &&
  Object.entries(route).every(
    ([key, value]) => value === undefined || ['type', 'destination', 'gateway', 'device'].includes(key),
  );

/** The first word of a route's text, by type. Routes of other types cannot be written. */
const TYPE_WORDS: Readonly<Partial<Record<ObservedRoute['type'], string>>> = {
  unicast: '',
  blackhole: 'blackhole ',
  unreachable: 'unreachable ',
  prohibit: 'prohibit ',
};

/** The text of a route; undefined if a topology cannot express it. */
function routeText(route: ObservedRoute, node: FoundNode): string | undefined {
  const { destination, gateway, device, source, metric, mtu, table, onlink, nexthops, tos, from } = route;
  const word = TYPE_WORDS[route.type];
  if (word === undefined || tos !== undefined || from !== undefined) return undefined;
  if (source !== undefined && !mayHave(node, source)) return undefined;
  const direct = gateway === undefined && device === undefined ? '' : hopText(route, node, onlink === true);
  const hops = (nexthops ?? []).map((hop) => hopText(hop, node, false));
  if (direct === undefined || hops.includes(undefined)) return undefined;
  if (route.type === 'unicast' ? direct === '' && hops.length < 2 : direct !== '' || hops.length > 0) return undefined;
  // The family of "default" is that of the addresses after it; without any, it is IPv4.
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

/** A destination as text: a host route is written as the plain address. */
const destinationText = (destination: Cidr): string =>
  destination.replace(familyOf(destination) === 4 ? /\/32$/ : /\/128$/, '');

const mayHave = (node: FoundNode, ip: Ip): boolean =>
  node.uplink !== undefined ||
  isLinkLocal(ip) ||
  node.ends.some(({ addresses }) => addresses.some((address) => addressOf(address) === ip));

/** The next hop as text. The device is left out if it follows from the gateway. */
function hopText(
  { gateway, device }: Pick<NexthopState, 'gateway' | 'device'>,
  node: FoundNode,
  onlink: boolean,
): string | undefined {
  if (device === undefined || !isDevice(device, node)) return undefined;
  if (gateway === undefined) return `dev ${device}`;
  if (node.ends.some(({ addresses }) => addresses.some((address) => addressOf(address) === gateway))) return undefined;
  const via = `via ${gateway}`;
  if (onlink || device === UPLINK || isLinkLocal(gateway)) return `${via} dev ${device}`;
  const reaches = ({ addresses }: FoundEnd): boolean => addresses.some((address) => contains(address, gateway));
  if (node.ends.find(reaches)?.name === device) return via;
  return node.ends.some((end) => end.name === device && reaches(end)) ? `${via} dev ${device}` : undefined;
}

const isDevice = (name: string, { ends, uplink }: FoundNode): boolean =>
  name === 'lo' || (name === UPLINK && uplink !== undefined) || ends.some((end) => end.name === name);
