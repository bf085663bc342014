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

/** The default metric of IPv6 routes (IP6_RT_PRIO_USER). */
const IPV6_DEFAULT_METRIC = 1024;

/** The device that IPv6 reports for blackhole, unreachable and prohibit routes. */
const DISCARD_DEVICE = 'lo';

type NameOf = (index: number | undefined) => string | undefined;

/** Names of rtm_protocol values, except for manually added routes (rt_protos of iproute2). */
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
 * Converts a configured route (RTPROT_STATIC or RTPROT_BOOT). With `all`, also converts routes of the kernel, of
 * routing daemons and of router advertisements, but never the kernel's routes in table local.
 */
export function routeState(route: RouteMessage, nameOf: NameOf, all = false): ObservedRoute[] {
  const configured = route.protocol === RTPROT_STATIC || route.protocol === RTPROT_BOOT;
  const inLocalTable = route.protocol === RTPROT_KERNEL && route.table8 === RT_TABLE_LOCAL;
  if (!configured && (!all || inLocalTable)) return [];
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
      ...(device === undefined || (discards && device === DISCARD_DEVICE) ? {} : { device }),
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
