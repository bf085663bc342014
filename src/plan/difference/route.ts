import { addressOf, familyOf, type Family } from '../../addr/index.ts';
import { grouped } from '../../base/index.ts';
import type { NamespaceName, ObservedRoute, RouteState } from '../../state/index.ts';
import { same } from './compare.ts';
import type { Operation } from '../operation/index.ts';

const MAIN_TABLE = 254;

/** What IPv6 makes of a metric that is absent or 0 (IP6_RT_PRIO_USER). */
const IPV6_METRIC = 1024;

function metricOf({ metric = 0, destination }: RouteState): number {
  return metric === 0 && familyOf(addressOf(destination)) === 6 ? IPV6_METRIC : metric;
}

/** What the kernel tells routes apart by. */
const routeKey = (route: ObservedRoute): string =>
  `${route.table ?? MAIN_TABLE} ${route.destination} ${metricOf(route)} ${route.tos ?? 0} ${route.from ?? ''}`;

const sameRoute = (a: RouteState, b: ObservedRoute): boolean =>
  same({ ...a, metric: metricOf(a) }, { ...b, metric: metricOf(b) });

/**
 * Routes that come or change, then those that go: never a gap for a destination that both states reach. Routes that an
 * earlier step disturbed are put back, whether or not the kernel touched them; those out of a link that went have gone
 * with it.
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
  // Of what cannot be told apart there may be several (`ip route append`).
  const existing = grouped(actual, routeKey);
  const mayBeThere = (route: RouteState): boolean => {
    const devices = devicesOf(route);
    const family = familyOf(addressOf(route.destination));
    return devices.length === 0 || devices.some((device) => !isGone(device, family));
  };
  const deleteAll = (routes: readonly ObservedRoute[]): void => {
    for (const route of routes) if (mayBeThere(route)) ops.push({ op: 'delete-route', namespace, route });
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

/** The interfaces that a route leads out of: several where it has several paths. */
export const devicesOf = (route: RouteState): string[] =>
  [route.device, ...(route.nexthops ?? []).map((hop) => hop.device)].filter((device) => device !== undefined);
