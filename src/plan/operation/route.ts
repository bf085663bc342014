import { familyOf, prefixLength } from '../../addr/index.ts';
import { listed } from '../../base/index.ts';
import type { NexthopState, ObservedRoute, RouteState } from '../../state/index.ts';
import { at, place } from '../place.ts';
import { ip, type Words } from '../shell.ts';
import { linkKey, type Family, type In } from './family.ts';

/** Adds a route. */
export interface AddRoute extends In {
  readonly op: 'add-route';
  readonly route: RouteState;
  /** Atomically replaces the route with the same destination, table and metric (NLM_F_REPLACE). */
  readonly replace: boolean;
}

/** Deletes a route. */
export interface DeleteRoute extends In {
  readonly op: 'delete-route';
  readonly route: ObservedRoute;
}

export type RouteOperation = AddRoute | DeleteRoute;

const shared = {
  subject: ({ route: { destination, table, metric } }: RouteOperation): string =>
    `route ${destination} ${table ?? ''} ${metric ?? ''}`,
  links: ({ namespace, route: { device } }: RouteOperation): string[] =>
    device === undefined ? [] : [linkKey(namespace, device)],
};

export const routeOperations: Family<RouteOperation> = {
  'add-route': {
    ...shared,
    change: ({ replace }) => (replace ? 'change' : 'add'),
    describe: ({ namespace, route, replace }) =>
      replace
        ? `replace ${routeName(route)} ${at(namespace)}, ${describePath(route)}`
        : `add ${routeName(route, true)} to ${place(namespace)}, ${describePath(route)}`,
    explain: () => 'Routes to destinations that are not on a directly connected subnet.',
    render: ({ namespace, route, replace }) => [
      ip(
        namespace,
        family(route),
        'route',
        replace ? 'replace' : 'add',
        target(route),
        path(route),
        'proto',
        'static',
        hops(route),
      ),
    ],
  },
  'delete-route': {
    ...shared,
    change: 'remove',
    describe: ({ namespace, route }) => `delete ${routeName(route)} ${at(namespace)}, ${describePath(route)}`,
    explain: () => 'Routes that are no longer needed.',
    // Identified by the kernel's key of a route, not by its next hops: one of these can be gone.
    render: ({ namespace, route }) => [
      // A route with a blackhole nexthop object is listed as blackhole, but has the type unicast.
      ip(
        namespace,
        family(route),
        'route',
        'del',
        target(route.nexthopId === undefined ? route : { ...route, type: 'unicast' }),
        metricAndTable(route),
      ),
    ],
    mayBeGone: true,
  },
};

// --- in words --------------------------------------------------------------------------------------------------------

const routeName = ({ destination, table, tos, from }: ObservedRoute, isNew = false): string => {
  const where = [
    ...(from === undefined ? [] : [` from ${from}`]),
    ...(tos === undefined ? [] : [` of TOS ${tos}`]),
    ...(table === undefined ? [] : [` in table ${table}`]),
  ].join('');
  return prefixLength(destination) === 0
    ? `${isNew ? 'a' : 'the'} default route${where}`
    : `${isNew ? 'a' : 'the'} route to ${destination}${where}`;
};

type Hop = { readonly [K in 'gateway' | 'device']?: NexthopState[K] | undefined };

function describePath({ type, gateway, device, nexthops, nexthopId }: ObservedRoute): string {
  const object = nexthopId === undefined ? '' : ` (nexthop object ${nexthopId})`;
  if (nexthops !== undefined) return `${listed(nexthops.map(describeHop))}${object}`;
  if (gateway === undefined && device === undefined) return `${type}${object}`;
  return `${type === 'unicast' ? '' : `${type} `}${describeHop({ gateway, device })}${object}`;
}

const describeHop = ({ gateway, device }: Hop): string =>
  [...(gateway === undefined ? [] : [`via ${gateway}`]), ...(device === undefined ? [] : [`on ${device}`])].join(' ');

// --- as arguments of ip-route(8) -------------------------------------------------------------------------------------

const isDefault = ({ destination }: RouteState): boolean => prefixLength(destination) === 0;

/** `-6` for an IPv6 default route: the word `default` does not show the family. */
const family = (route: RouteState): Words => (isDefault(route) && familyOf(route.destination) === 6 ? '-6' : []);

const target = (route: ObservedRoute): Words => [
  ...(route.type === 'unicast' ? [] : [route.type]),
  isDefault(route) ? 'default' : route.destination,
  ...(route.from === undefined ? [] : ['from', route.from]),
  ...(route.tos === undefined ? [] : ['tos', route.tos]),
];

const metricAndTable = ({ metric, table }: RouteState): (string | number)[] => [
  ...(metric === undefined ? [] : ['metric', metric]),
  ...(table === undefined ? [] : ['table', table]),
];

const path = (route: RouteState): Words => [
  ...hop(route),
  ...(route.onlink === true ? ['onlink'] : []),
  ...(route.source === undefined ? [] : ['src', route.source]),
  ...metricAndTable(route),
  ...(route.mtu === undefined ? [] : ['mtu', route.mtu]),
];

const hops = ({ nexthops = [] }: RouteState): Words =>
  nexthops.flatMap((nexthop) => ['nexthop', ...hop(nexthop), 'weight', nexthop.weight]);

const hop = ({ gateway, device }: Hop): string[] => [
  ...(gateway === undefined ? [] : ['via', gateway]),
  ...(device === undefined ? [] : ['dev', device]),
];
