import { addressOf, familyOf, type Family } from '../../addr/index.ts';
import { grouped } from '../../base/index.ts';
import type { NamespaceName, ObservedRoute, RouteState } from '../../state/index.ts';
import { same } from './compare.ts';
import type { Operation } from '../operation/index.ts';

const MAIN_TABLE = 254;

/** The metric that IPv6 uses if it is absent or 0 (IP6_RT_PRIO_USER). */
const IPV6_METRIC = 1024;

function metricOf({ metric = 0, destination }: RouteState): number {
  return metric === 0 && familyOf(addressOf(destination)) === 6 ? IPV6_METRIC : metric;
}

/** The properties that identify a route in the kernel. */
const routeKey = (route: ObservedRoute): string =>
  `${route.table ?? MAIN_TABLE} ${route.destination} ${metricOf(route)} ${route.tos ?? 0} ${route.from ?? ''}`;

const sameRoute = (a: RouteState, b: ObservedRoute): boolean =>
  same({ ...a, metric: metricOf(a) }, { ...b, metric: metricOf(b) });

/**
 * Adds and replaces routes, then deletes others, so that a destination that both states reach stays reachable. Routes
 * that an earlier operation can have disturbed are added again. Routes on a deleted link are not deleted: the kernel
 * has done so.
 */
export function planRoutes(
  ops: Operation[],
  namespace: NamespaceName,
  wanted: readonly RouteState[],
  actual: readonly ObservedRoute[],
  isDisturbed: (route: RouteState) => boolean,
  isGone: (device: string, family: Family) => boolean,
): void {
  if (wanted.length === 0 && actual.length === 0) return;
  // There can be several routes with the same key (`ip route append`).
  const existing = grouped(actual, routeKey);
  const canExist = (route: RouteState): boolean => {
    const devices = devicesOf(route);
    const family = familyOf(addressOf(route.destination));
    return devices.length === 0 || devices.some((device) => !isGone(device, family));
  };
  const deleteAll = (routes: readonly ObservedRoute[]): void => {
    for (const route of routes) if (canExist(route)) ops.push({ op: 'delete-route', namespace, route });
  };
  for (const route of wanted) {
    const key = routeKey(route);
    const [now, ...more] = existing.get(key) ?? [];
    if (more.length > 0) {
      deleteAll(existing.get(key)!);
      ops.push({ op: 'add-route', namespace, route, replace: false });
    } else if (now === undefined || isDisturbed(route) || !sameRoute(route, now))
      ops.push({ op: 'add-route', namespace, route, replace: now !== undefined });
    existing.delete(key);
  }
  for (const routes of existing.values()) deleteAll(routes);
}

/** The outgoing interfaces of a route: several for a multipath route. */
export const devicesOf = (route: RouteState): string[] =>
  [route.device, ...(route.nexthops ?? []).map((hop) => hop.device)].filter((device) => device !== undefined);
