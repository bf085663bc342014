import { addressOf, familyOf, type Family, type Ip } from '../../addr/index.ts';
import type { RouteState } from '../../state/index.ts';
import { DEFAULT_ROUTE, FAMILIES } from '../families.ts';
import { UPLINK } from '../names.ts';
import type { Segment, WiredNode } from '../wiring/index.ts';

/** The name resolution of the host, without what does not work from a lab (resolv.conf(5)). */
export interface Resolver {
  /** In the order of the queries. */
  readonly nameservers: readonly Ip[];
  /** The complete lines `search` and `options` of the host's resolv.conf. */
  readonly settings: readonly string[];
  /** The names in the host's /etc/hosts with addresses of other hosts. */
  readonly hosts?: readonly (readonly [name: string, addresses: readonly Ip[]])[];
}

const NO_NAMESERVER = '# No nameserver can be reached from here: look-ups fail at once.\n';

/** The text of `/etc/resolv.conf` for a namespace with an uplink for `families`. */
export function resolvConf({ nameservers, settings }: Resolver, families: readonly Family[]): string {
  const reachable = nameservers.filter((ip) => families.includes(familyOf(ip)));
  if (reachable.length === 0) return NO_NAMESERVER;
  return [...settings, ...reachable.map((ip) => `nameserver ${ip}`)].map((line) => `${line}\n`).join('');
}

/**
 * Returns a function: the families for which a node's default route leads to an uplink, directly or via other nodes.
 * @param hasUplink whether the lab's uplink has a family
 */
export function uplinkFamilies(
  nodes: readonly WiredNode[],
  routes: ReadonlyMap<WiredNode, readonly RouteState[]>,
  hasUplink: (family: Family) => boolean,
): (node: WiredNode) => Family[] {
  const next = nextHops();
  const reachable = FAMILIES.filter(hasUplink).map((family) => {
    const hops = new Map(nodes.map((node) => [node, next(node, routes.get(node)!, family)]));
    const connected = new Set<WiredNode | typeof OUTSIDE>([OUTSIDE]);
    for (let before = 0; before !== connected.size;) {
      before = connected.size;
      for (const [node, nodeHops] of hops) if (nodeHops.some((hop) => connected.has(hop))) connected.add(node);
    }
    return { family, connected };
  });
  return (node) => reachable.flatMap(({ family, connected }) => (connected.has(node) ? [family] : []));
}

/** The next hop outside of the lab. */
const OUTSIDE = 'out';

/** Returns a function that finds the next hops of a node's default routes: other nodes, or {@link OUTSIDE}. */
function nextHops(): (
  node: WiredNode,
  routes: readonly RouteState[],
  family: Family,
) => (WiredNode | typeof OUTSIDE)[] {
  const owners = new Map<Segment, Map<Ip, WiredNode | typeof OUTSIDE>>();
  const ownersOn = (segment: Segment): Map<Ip, WiredNode | typeof OUTSIDE> => {
    let known = owners.get(segment);
    if (known === undefined) {
      known = new Map();
      for (const { addresses, node } of segment.members) for (const ip of addresses) known.set(addressOf(ip), node);
      for (const ip of segment.bridgeAddresses) known.set(addressOf(ip), OUTSIDE);
      owners.set(segment, known);
    }
    return known;
  };
  return (node, routes, family) =>
    routes
      .filter((route) => route.destination === DEFAULT_ROUTE[family] && route.table === undefined)
      .flatMap((route): readonly Pick<RouteState, 'gateway' | 'device'>[] => route.nexthops ?? [route])
      .flatMap(({ gateway, device }) => {
        if (device === UPLINK) return [OUTSIDE];
        const segment = node.interfaces.find(({ name }) => name === device)?.segment;
        const owner = segment === undefined || gateway === undefined ? undefined : ownersOn(segment).get(gateway);
        return owner === undefined ? [] : [owner];
      });
}
