import { addressOf, familyOf, type Family, type Ip } from '../../addr/index.ts';
import type { RouteState } from '../../state/index.ts';
import { DEFAULT_ROUTE, FAMILIES } from '../families.ts';
import { UPLINK } from '../names.ts';
import type { Segment, WiredNode } from '../wiring/index.ts';

/** How the host looks names up, as far as whoever reaches the internet through it can do the same (resolv.conf(5)). */
export interface Resolver {
  /** In the order in which they are asked. */
  readonly nameservers: readonly Ip[];
  /** The host's lines `search` and `options`, whole. */
  readonly settings: readonly string[];
  /** The names of its hosts file that lead to other machines, with their addresses. */
  readonly hosts?: readonly (readonly [name: string, addresses: readonly Ip[]])[];
}

const NOBODY = '# No nameserver can be reached from here: look-ups fail at once.\n';

/** What `/etc/resolv.conf` says where the ways out are of these families. */
export function resolvConf({ nameservers, settings }: Resolver, families: readonly Family[]): string {
  const reachable = nameservers.filter((ip) => families.includes(familyOf(ip)));
  if (reachable.length === 0) return NOBODY;
  return [...settings, ...reachable.map((ip) => `nameserver ${ip}`)].map((line) => `${line}\n`).join('');
}

/**
 * The families for which a node has a way out of its lab: whose default route leads to an uplink, from one router to the
 * next.
 * @param hasWayOut whether the lab has one
 */
export function uplinkFamilies(
  nodes: readonly WiredNode[],
  routes: ReadonlyMap<WiredNode, readonly RouteState[]>,
  hasWayOut: (family: Family) => boolean,
): (node: WiredNode) => Family[] {
  const next = nextHops();
  const outside = FAMILIES.filter(hasWayOut).map((family) => {
    const hops = new Map(nodes.map((node) => [node, next(node, routes.get(node)!, family)]));
    const found = new Set<WiredNode | typeof OUT>([OUT]);
    for (let before = 0; before !== found.size;) {
      before = found.size;
      for (const [node, toward] of hops) if (toward.some((hop) => found.has(hop))) found.add(node);
    }
    return { family, found };
  });
  return (node) => outside.flatMap(({ family, found }) => (found.has(node) ? [family] : []));
}

/** Where packets go that have left the lab. */
const OUT = 'out';

/** A function that gives where a node's default routes lead: to other nodes, or out. */
function nextHops(): (node: WiredNode, routes: readonly RouteState[], family: Family) => (WiredNode | typeof OUT)[] {
  const owners = new Map<Segment, Map<Ip, WiredNode | typeof OUT>>();
  const ownersOn = (segment: Segment): Map<Ip, WiredNode | typeof OUT> => {
    let known = owners.get(segment);
    if (known === undefined) {
      known = new Map();
      for (const { addresses, node } of segment.members) for (const ip of addresses) known.set(addressOf(ip), node);
      for (const ip of segment.bridgeAddresses) known.set(addressOf(ip), OUT);
      owners.set(segment, known);
    }
    return known;
  };
  return (node, routes, family) =>
    routes
      .filter((route) => route.destination === DEFAULT_ROUTE[family] && route.table === undefined)
      .flatMap((route): readonly Pick<RouteState, 'gateway' | 'device'>[] => route.nexthops ?? [route])
      .flatMap(({ gateway, device }) => {
        if (device === UPLINK) return [OUT];
        const segment = node.interfaces.find(({ name }) => name === device)?.segment;
        const owner = segment === undefined || gateway === undefined ? undefined : ownersOn(segment).get(gateway);
        return owner === undefined ? [] : [owner];
      });
}
