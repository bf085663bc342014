import { addressBits, cidr, parseIp } from '../addr/index.ts';
import { AF_INET, AF_INET6 } from '../ffi/index.ts';
import {
  ROUTE_TYPES,
  RT_TABLE_LOCAL,
  RT_TABLE_MAIN,
  RTM_F_CLONED,
  RTNH_F_ONLINK,
  RTPROT_BOOT,
  RTPROT_KERNEL,
  RTPROT_STATIC,
  type RouteMessage,
  tableOf,
} from '../rtnetlink/index.ts';
import type { ObservedRoute, RouteState, RouteType } from '../state/index.ts';

const TYPES = new Map<number, RouteType>(
  Object.entries(ROUTE_TYPES).map(([name, number]) => [number, name as RouteType]),
);

/** The metric that IPv6 gives a route that has none (IP6_RT_PRIO_USER). */
const IPV6_DEFAULT_METRIC = 1024;

/** Where IPv6 hangs routes that go nowhere. */
const NOWHERE = 'lo';

type NameOf = (index: number | undefined) => string | undefined;

/** Those who put routes there, besides whoever does so by hand (rt_protos of iproute2). */
const PROTOCOLS: Readonly<Record<number, string>> = {
  1: 'redirect',
  2: 'kernel',
  9: 'ra',
  11: 'zebra',
  12: 'bird',
  16: 'dhcp',
  18: 'keepalived',
  42: 'babel',
  186: 'bgp',
  187: 'isis',
  188: 'ospf',
  189: 'rip',
};

/**
 * A route that somebody configured, in NetworkState's words; none for what the kernel, a routing daemon or a router's
 * advertisement put there, unless all are wanted. The kernel's table of its own addresses is never told.
 */
export function routeState(route: RouteMessage, nameOf: NameOf, all = false): ObservedRoute[] {
  const configured = route.protocol === RTPROT_STATIC || route.protocol === RTPROT_BOOT;
  const own = route.protocol === RTPROT_KERNEL && route.table8 === RT_TABLE_LOCAL;
  if (!configured && (!all || own)) return [];
  if ((route.family !== AF_INET && route.family !== AF_INET6) || (route.flags & RTM_F_CLONED) !== 0) return [];
  const table = tableOf(route);
  const type = TYPES.get(route.type);
  if (type === undefined) return [];
  const family = route.family === AF_INET ? 4 : 6;
  const device = nameOf(route.oif);
  const metric = family === 6 && route.priority === IPV6_DEFAULT_METRIC ? undefined : route.priority;
  const discards = type !== 'unicast';
  return [
    {
      type,
      ...(configured ? {} : { protocol: PROTOCOLS[route.protocol] ?? String(route.protocol) }),
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
