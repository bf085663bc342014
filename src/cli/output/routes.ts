import type { ObservedRoute, RuleState } from '../../state/index.ts';

/** RT_TABLE_MAIN (linux/rtnetlink.h). */
const MAIN = 254;

/**
 * The routes to print, those of the main table first, without fe80::/64 and ff00::/8, which every IPv6 interface has.
 */
export const listedRoutes = (routes: readonly ObservedRoute[]): ObservedRoute[] =>
  routes
    .filter(({ protocol, destination }) => !(protocol === 'kernel' && /^(fe80::\/64|ff00::\/8)$/.test(destination)))
    .toSorted((a, b) => Number(a.table !== undefined) - Number(b.table !== undefined));

/** As `ip route` prints it. */
export function routeInWords(route: ObservedRoute): string {
  const { type, protocol, destination, gateway, device, source, metric, mtu, table = MAIN, nexthops = [] } = route;
  const to = destination === '0.0.0.0/0' ? 'default' : destination === '::/0' ? 'default (IPv6)' : destination;
  const byKernel = protocol === 'kernel';
  return [
    ...(type === 'unicast' ? [] : [type]),
    to,
    ...(route.from === undefined ? [] : [`from ${route.from}`]),
    ...(route.tos === undefined ? [] : [`tos ${route.tos}`]),
    ...(route.nexthopId === undefined ? [] : [`nhid ${route.nexthopId}`]),
    ...(gateway === undefined ? [] : [`via ${gateway}`]),
    ...(device === undefined ? [] : [`dev ${device}`]),
    // The source of a route that the kernel adds with an address is that address.
    ...(source === undefined || byKernel ? [] : [`src ${source}`]),
    ...(metric === undefined || byKernel ? [] : [`metric ${metric}`]),
    ...(mtu === undefined ? [] : [`mtu ${mtu}`]),
    ...(route.onlink === true ? ['onlink'] : []),
    ...(table === MAIN ? [] : [`table ${table}`]),
    ...(protocol === undefined || byKernel ? [] : [`proto ${protocol}`]),
    ...nexthops.map((hop) => `via ${hop.gateway ?? hop.device}${hop.weight > 1 ? ` weight ${hop.weight}` : ''}`),
  ].join(' ');
}

/** As `ip rule` prints it. */
export function ruleInWords({ family, priority, from, to, iif, oif, mark, action, table, goto }: RuleState): string {
  return [
    `${priority}: from ${from ?? 'all'}`,
    ...(to === undefined ? [] : [`to ${to}`]),
    ...(iif === undefined ? [] : [`iif ${iif}`]),
    ...(oif === undefined ? [] : [`oif ${oif}`]),
    ...(mark === undefined ? [] : [`fwmark 0x${mark.value.toString(16)}/0x${mark.mask.toString(16)}`]),
    action === 'table' ? `lookup ${table}` : action === 'goto' ? `goto ${goto}` : action,
    ...(family === 6 && !from?.includes(':') && !to?.includes(':') ? ['(IPv6)'] : []),
  ].join(' ');
}
