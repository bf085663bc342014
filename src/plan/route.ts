import type { NamespaceName, RouteState } from '../model/index.ts';
import { same } from './compare.ts';
import type { Operation } from './operation.ts';

const MAIN_TABLE = 254;

/** What the kernel tells routes apart by. */
const routeKey = (r: RouteState): string => `${r.table ?? MAIN_TABLE} ${r.destination} ${r.metric ?? 0}`;

/**
 * Routes that come or change, then those that go: never a gap for a destination that both states reach. Routes out of a
 * link that an earlier step disturbed are put back, whether or not the kernel dropped them.
 */
export function planRoutes(
  ops: Operation[],
  namespace: NamespaceName,
  wanted: readonly RouteState[],
  actual: readonly RouteState[],
  disturbed: ReadonlySet<string>,
): void {
  if (wanted.length === 0 && actual.length === 0) return;
  const existing = new Map(actual.map((route) => [routeKey(route), route]));
  for (const route of wanted) {
    const key = routeKey(route);
    const now = existing.get(key);
    existing.delete(key);
    const mayBeGone = devicesOf(route).some((device) => disturbed.has(device));
    if (now === undefined || mayBeGone || !same(route, now))
      ops.push({ op: 'add-route', namespace, route, replace: now !== undefined });
  }
  for (const route of existing.values()) ops.push({ op: 'delete-route', namespace, route });
}

const devicesOf = (route: RouteState): string[] =>
  [route.device, ...(route.nexthops ?? []).map((hop) => hop.device)].filter((device) => device !== undefined);
