import { familyOf, prefixLength } from '../../addr/index.ts';
import { listed } from '../../base/index.ts';
import type { NexthopState, ObservedRoute, RouteState } from '../../state/index.ts';
import { at, place } from '../place.ts';
import { ip, type Words } from '../shell.ts';
import { linkKey, type Family, type In } from './family.ts';

export interface AddRoute extends In {
  readonly op: 'add-route';
  readonly route: RouteState;
  /** Takes the place of the route of the same destination, table and metric, without a gap. */
  readonly replace: boolean;
}

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
        ? `replace ${routeName(route)} ${at(namespace)}, ${describeWay(route)}`
        : `add ${routeName(route, true)} to ${place(namespace)}, ${describeWay(route)}`,
    explain: () => 'Where packets go whose destination is not on a link of its own.',
    render: ({ namespace, route, replace }) => [
      ip(
        namespace,
        family(route),
        'route',
        replace ? 'replace' : 'add',
        target(route),
        way(route),
        'proto',
        'static',
        hops(route),
      ),
    ],
  },
  'delete-route': {
    ...shared,
    change: 'remove',
    describe: ({ namespace, route }) => `delete ${routeName(route)} ${at(namespace)}, ${describeWay(route)}`,
    explain: () => 'Ways that are no longer taken.',
    // By what the kernel tells it from others, not by its ways: one of those may be gone.
    render: ({ namespace, route }) => [
      // One that discards by a nexthop object is listed with another type than it has.
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

const routeName = ({ destination, table, tos, from }: ObservedRoute, one = false): string => {
  const where = [
    ...(from === undefined ? [] : [` from ${from}`]),
    ...(tos === undefined ? [] : [` of TOS ${tos}`]),
    ...(table === undefined ? [] : [` in table ${table}`]),
  ].join('');
  return prefixLength(destination) === 0
    ? `${one ? 'a' : 'the'} default route${where}`
    : `${one ? 'a' : 'the'} route to ${destination}${where}`;
};

type Hop = { readonly [K in 'gateway' | 'device']?: NexthopState[K] | undefined };

function describeWay({ type, gateway, device, nexthops, nexthopId }: ObservedRoute): string {
  const by = nexthopId === undefined ? '' : ` (nexthop object ${nexthopId})`;
  if (nexthops !== undefined) return `${listed(nexthops.map(describeHop))}${by}`;
  if (gateway === undefined && device === undefined) return `${type}${by}`;
  return `${type === 'unicast' ? '' : `${type} `}${describeHop({ gateway, device })}${by}`;
}

const describeHop = ({ gateway, device }: Hop): string =>
  [...(gateway === undefined ? [] : [`via ${gateway}`]), ...(device === undefined ? [] : [`on ${device}`])].join(' ');

// --- as words of ip-route(8) -------------------------------------------------------------------------------------------

const isDefault = ({ destination }: RouteState): boolean => prefixLength(destination) === 0;

/** A default route does not show its family. */
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

const way = (route: RouteState): Words => [
  ...hop(route),
  ...(route.onlink === true ? ['onlink'] : []),
  ...(route.source === undefined ? [] : ['src', route.source]),
  ...metricAndTable(route),
  ...(route.mtu === undefined ? [] : ['mtu', route.mtu]),
];

const hops = ({ nexthops = [] }: RouteState): Words =>
  nexthops.flatMap((next) => ['nexthop', ...hop(next), 'weight', next.weight]);

const hop = ({ gateway, device }: Hop): string[] => [
  ...(gateway === undefined ? [] : ['via', gateway]),
  ...(device === undefined ? [] : ['dev', device]),
];
