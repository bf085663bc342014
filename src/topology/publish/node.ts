import { addressBits, addressOf, cidr, familyOf, type Cidr } from '../../addr/index.ts';
import type { NamespaceState, SetElement } from '../../state/index.ts';
import { DEFAULT_ROUTE } from '../families.ts';
import { PUBLISH_TABLE, UPLINK } from '../names.ts';
import type { UplinkGateways } from '../uplink/index.ts';
import type { Publication } from './text.ts';

/** The elements of the set `OPEN_PORTS` for the ports that a node publishes: sorted, each port once. */
export function openPorts(publications: readonly Publication[]): SetElement[] {
  const ports = new Map<string, readonly [protocol: string, port: number]>();
  for (const { protocol, nodePort, count } of publications)
    for (let port = nodePort; port < nodePort + count; port++) ports.set(`${protocol} ${port}`, [protocol, port]);
  return [...ports.values()].toSorted(([a, m], [b, n]) => (a === b ? m - n : a < b ? -1 : 1)).map((key) => ({ key }));
}

/** The priority of the routing rules for replies. */
const PRIORITY = 1000;

/** The routing rules and routes of a node that publishes ports: it replies over the uplink, not its default route. */
export function replyRoutes(
  addresses: readonly Cidr[],
  gateways: UplinkGateways,
): Pick<NamespaceState, 'rules' | 'routes'> {
  const own = addresses.map((address) => ({ family: familyOf(address), ip: addressOf(address) }));
  return {
    rules: own.map(({ family, ip }) => ({
      family,
      priority: PRIORITY,
      from: cidr(ip, addressBits(family)),
      action: 'table',
      table: PUBLISH_TABLE,
    })),
    routes: own.flatMap(({ family }) => {
      const gateway = gateways[family];
      if (gateway === undefined) return [];
      return [{ type: 'unicast', destination: DEFAULT_ROUTE[family], gateway, device: UPLINK, table: PUBLISH_TABLE }];
    }),
  };
}
