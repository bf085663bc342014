import { familyOf, prefixLength } from '../../addr/index.ts';
import type { NexthopState, ObservedRoute, RouteState } from '../../state/index.ts';
import type { AddRoute, DeleteRoute } from '../operation.ts';
import { ip, type Words } from './shell.ts';

export const addRoute = ({ namespace, route, replace }: AddRoute): string[] => [
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
];

/** By what the kernel tells it from others, not by its ways: one of those may be gone. */
export const deleteRoute = ({ namespace, route }: DeleteRoute): string[] => [
  // One that discards by a nexthop object is listed with another type than it has.
  ip(
    namespace,
    family(route),
    'route',
    'del',
    target(route.nexthopId === undefined ? route : { ...route, type: 'unicast' }),
    metricAndTable(route),
  ),
];

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

type Hop = { readonly [K in 'gateway' | 'device']?: NexthopState[K] | undefined };

const hop = ({ gateway, device }: Hop): string[] => [
  ...(gateway === undefined ? [] : ['via', gateway]),
  ...(device === undefined ? [] : ['dev', device]),
];
