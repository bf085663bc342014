import { addressBits, cidr, parseIp } from '../../addr/index.ts';
import { AF_INET, AF_INET6 } from '../../ffi/index.ts';
import {
  ROUTE_TYPES,
  RT_TABLE_MAIN,
  RTM_F_CLONED,
  RTNH_F_ONLINK,
  RTPROT_BOOT,
  RTPROT_STATIC,
  type RouteMessage,
} from '../../rtnetlink/index.ts';
import type { RouteState, RouteType } from '../../model/index.ts';

const TYPES = new Map<number, RouteType>(
  Object.entries(ROUTE_TYPES).map(([name, number]) => [number, name as RouteType]),
);

/** The metric that IPv6 gives a route that has none (IP6_RT_PRIO_USER). */
const IPV6_DEFAULT_METRIC = 1024;

/** Where IPv6 hangs routes that go nowhere. */
const NOWHERE = 'lo';

type NameOf = (index: number | undefined) => string | undefined;

/**
 * A route that somebody configured, in NetworkState's words; none for what the kernel, a routing daemon or a router's
 * advertisement put there.
 */
export function routeState(route: RouteMessage, nameOf: NameOf): RouteState[] {
  if (route.protocol !== RTPROT_STATIC && route.protocol !== RTPROT_BOOT) return [];
  if ((route.family !== AF_INET && route.family !== AF_INET6) || (route.flags & RTM_F_CLONED) !== 0) return [];
  const table = route.table ?? route.table8;
  const type = TYPES.get(route.type);
  if (type === undefined) return [];
  const family = route.family === AF_INET ? 4 : 6;
  const device = nameOf(route.oif);
  const metric = family === 6 && route.priority === IPV6_DEFAULT_METRIC ? undefined : route.priority;
  const discards = type !== 'unicast';
  return [
    {
      type,
      destination: cidr(
        route.dst ?? parseIp(family === 4 ? '0.0.0.0' : '::'),
        route.dst === undefined ? 0 : Math.min(route.dstLength, addressBits(family)),
      ),
      ...gateway(route),
      ...(device === undefined || (discards && device === NOWHERE) ? {} : { device }),
      ...(route.prefSrc === undefined ? {} : { source: route.prefSrc }),
      ...(metric === undefined || metric === 0 ? {} : { metric }),
      ...(route.metrics?.mtu === undefined ? {} : { mtu: route.metrics.mtu }),
      ...(table === RT_TABLE_MAIN ? {} : { table }),
      ...((route.flags & RTNH_F_ONLINK) === 0 ? {} : { onlink: true }),
      ...(family === 6 || route.tos === 0 ? {} : { tos: route.tos }),
      ...(route.src === undefined ? {} : { from: cidr(route.src, Math.min(route.srcLength, addressBits(family))) }),
      ...(route.nhId === undefined ? {} : { nexthopId: route.nhId }),
      ...(route.multipath === undefined ? {} : { nexthops: nexthops(route, nameOf) }),
    },
  ];
}

function gateway(route: Pick<RouteMessage, 'gateway' | 'via'>): Pick<RouteState, 'gateway'> {
  const address = route.gateway ?? (typeof route.via === 'string' ? route.via : undefined);
  return address === undefined ? {} : { gateway: address };
}

function nexthops(route: RouteMessage, nameOf: NameOf): NonNullable<RouteState['nexthops']> {
  return route.multipath!.map((hop) => {
    const device = nameOf(hop.index);
    return { ...gateway(hop), ...(device === undefined ? {} : { device }), weight: (hop.hops ?? 0) + 1 };
  });
}
