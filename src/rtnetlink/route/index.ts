/** Routes: RTM_NEWROUTE and its attributes. */
export type { Nexthop } from './nexthop.ts';
export { routeMessage, type RouteMessage } from './route.ts';
export { ROUTE_TYPES } from './types.ts';
export type { Via } from './via.ts';
