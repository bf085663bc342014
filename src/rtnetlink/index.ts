/**
 * Links, addresses, routes, rules and neighbours, as rtnetlink(7) has them: what ip(8) and bridge(8) list and change.
 *
 *     using socket = NetlinkSocket.open(NETLINK_ROUTE);       // in the namespace that is meant
 *     for (const route of getRoutes(socket)) console.log(route.dst ?? 'default', route.gateway ?? 'on link');
 *
 * Message types are the `RTM_` constants; what messages hold, the codecs (`linkMessage` …) read and write. Attributes that
 * have no name here are kept as bytes, by their number.
 */
export { addressMessage, type AddressMessage } from './address.ts';
export * from './constants.ts';
export { bridgeLinkMessage, type BridgeLink } from './link/bridge-link.ts';
export { decodeInetConf, inetConfFiles, type InetConf } from './link/inet-conf.ts';
export { decodeInet6Conf, inet6ConfFiles } from './link/inet6-conf.ts';
export { decodeStats64, type Stats64 } from './link/stats.ts';
export type { HardwareAddress } from './link/hardware-address.ts';
export { otherKind, type OtherKind } from './link/info.ts';
export {
  linkMessage,
  type Link,
  type LinkAttributes,
  type LinkHeader,
  type LinkInfo,
  type LinkRequest,
  type VethData,
} from './link/link.ts';
export { neighbourMessage, type NeighbourMessage } from './neighbour.ts';
export { NETCONFA_IFINDEX_ALL, netconfMessage, type NetconfMessage } from './netconf.ts';
export { addNsid, nsidMessage, type NsidMessage } from './nsid.ts';
export type { Nexthop } from './route/nexthop.ts';
export { routeMessage, type RouteMessage } from './route/route.ts';
export type { Via } from './route/via.ts';
export { tableOf } from './table.ts';
export { ruleMessage, type RuleMessage } from './rule.ts';
export {
  findLink,
  findNeighbour,
  getAddresses,
  getBridgePorts,
  getFdb,
  getLink,
  getLinks,
  getNeighbours,
  getNetconf,
  findRoute,
  getNsid,
  hasNsid,
  getRoutes,
  getRouteTo,
  getRules,
  type AddressQuery,
  type FdbQuery,
  type LinkQuery,
  type NeighbourQuery,
  type RouteQuery,
} from './queries.ts';
export { ROUTE_TYPES } from './route/types.ts';
