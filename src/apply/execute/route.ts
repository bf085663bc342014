import { addressOf, familyOf, prefixLength } from '../../addr/index.ts';
import { AF_INET, AF_INET6 } from '../../ffi/index.ts';
import { NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, type AcceptedErrors } from '../../netlink/index.ts';
import type { AddRoute, DeleteRoute, RouteOperation } from '../../plan/index.ts';
import {
  ROUTE_TYPES,
  routeMessage,
  RT_SCOPE_LINK,
  RT_SCOPE_NOWHERE,
  RT_SCOPE_UNIVERSE,
  RT_TABLE_COMPAT,
  RT_TABLE_MAIN,
  RTM_DELROUTE,
  RTM_NEWROUTE,
  RTN_UNSPEC,
  RTNH_F_ONLINK,
  RTPROT_STATIC,
  RTPROT_UNSPEC,
  type RouteMessage,
} from '../../rtnetlink/index.ts';
import type { NexthopState, ObservedRoute, RouteState } from '../../state/index.ts';
import { inNamespace } from '../describe.ts';
import type { Draft } from '../draft.ts';
import type { Kernel, OpenNamespace } from '../kernel.ts';
import type { Executors } from './executor.ts';

export const routeExecutors: Executors<RouteOperation> = {
  'add-route': addRoute,
  'delete-route': deleteRoute,
};

function addRoute(kernel: Kernel, op: AddRoute): void {
  send(kernel, op, RTM_NEWROUTE, NLM_F_CREATE | (op.replace ? NLM_F_REPLACE : NLM_F_EXCL), RTPROT_STATIC, 'add');
}

function deleteRoute(kernel: Kernel, op: DeleteRoute): void {
  // RTPROT_UNSPEC: the route can have been added manually, with another protocol than RTPROT_STATIC.
  // Only the attributes that identify a route: a next hop can be gone, and the route with it; a route with a blackhole
  // nexthop object is listed with another type than it has.
  const { destination, metric, table, tos, from } = op.route;
  const route = {
    destination,
    ...(metric === undefined ? {} : { metric }),
    ...(table === undefined ? {} : { table }),
    ...(tos === undefined ? {} : { tos }),
    ...(from === undefined ? {} : { from }),
  };
  send(kernel, { ...op, route }, RTM_DELROUTE, 0, RTPROT_UNSPEC, 'delete', kernel.acceptMissing(op, 'ESRCH'));
}

function send(
  kernel: Kernel,
  op: Pick<AddRoute, 'namespace'> & {
    readonly route: Omit<ObservedRoute, 'type'> & Partial<Pick<ObservedRoute, 'type'>>;
  },
  type: number,
  flags: number,
  protocol: number,
  verb: string,
  harmless?: AcceptedErrors,
): void {
  const namespace = kernel.namespace(op.namespace);
  const { route } = op;
  const { table = RT_TABLE_MAIN } = route;
  const length = prefixLength(route.destination);
  const request: Draft<RouteMessage> = {
    family: familyOf(route.destination) === 4 ? AF_INET : AF_INET6,
    dstLength: length,
    srcLength: route.from === undefined ? 0 : prefixLength(route.from),
    tos: route.tos ?? 0,
    table8: table < 256 ? table : RT_TABLE_COMPAT,
    protocol,
    scope: type === RTM_DELROUTE ? RT_SCOPE_NOWHERE : scopeOf(route),
    type: route.type === undefined ? RTN_UNSPEC : ROUTE_TYPES[route.type],
    flags: route.onlink === true ? RTNH_F_ONLINK : 0,
  };
  if (length > 0) request.dst = addressOf(route.destination);
  if (route.from !== undefined) request.src = addressOf(route.from);
  if (route.nexthops !== undefined) request.multipath = multipath(kernel, namespace, route.nexthops);
  if (route.gateway !== undefined) request.gateway = route.gateway;
  if (route.device !== undefined) request.oif = kernel.index(namespace, route.device);
  if (route.source !== undefined) request.prefSrc = route.source;
  if (route.metric !== undefined) request.priority = route.metric;
  if (route.mtu !== undefined) request.metrics = { mtu: route.mtu };
  if (table > 255) request.table = table;
  kernel
    .batch(namespace)
    .add(
      type,
      flags,
      routeMessage,
      request,
      () => `${verb} route ${route.destination} ${inNamespace(op.namespace)}`,
      harmless,
    );
}

/** The same default as ip-route(8): scope link for an IPv4 unicast route without a gateway. */
function scopeOf(route: Pick<RouteState, 'destination'> & Partial<RouteState>): number {
  if (route.type !== 'unicast' || familyOf(route.destination) === 6) return RT_SCOPE_UNIVERSE;
  return route.gateway === undefined && route.nexthops === undefined ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
}

const multipath = (
  kernel: Kernel,
  namespace: OpenNamespace,
  nexthops: readonly NexthopState[],
): NonNullable<RouteMessage['multipath']> =>
  nexthops.map(({ weight, device, gateway }) => ({
    flags: 0,
    hops: weight - 1,
    index: device === undefined ? 0 : kernel.index(namespace, device),
    ...(gateway === undefined ? {} : { gateway }),
  }));
