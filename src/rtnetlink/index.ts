/**
 * Links, addresses, routes, rules and neighbours of rtnetlink(7): what ip(8) and bridge(8) list and change.
 *
 *     using socket = NetlinkSocket.open(NETLINK_ROUTE);       // in the namespace of this thread
 *     for (const route of getRoutes(socket)) console.log(route.dst ?? 'default', route.gateway ?? 'on link');
 *
 * The `RTM_` constants are the message types. The codecs (`linkMessage` …) read and write the messages. Attributes
 * without a name here are kept as bytes, by number.
 */
export { addressMessage, type AddressMessage } from './address.ts';
export * from './constants.ts';
export {
  type BridgeLink,
  bridgeLinkMessage,
  decodeInet6Conf,
  decodeInetConf,
  inetConfFiles,
  inet6ConfFiles,
  decodeStats64,
  type HardwareAddress,
  type InetConf,
  type Link,
  type LinkAttributes,
  type LinkHeader,
  type LinkInfo,
  linkMessage,
  type LinkRequest,
  otherKind,
  type OtherKind,
  type Stats64,
  type VethData,
} from './link/index.ts';
export { neighbourMessage, type NeighbourMessage } from './neighbour.ts';
export { NETCONFA_IFINDEX_ALL, netconfMessage, type NetconfMessage } from './netconf.ts';
export { addNsid, nsidMessage, type NsidMessage } from './nsid.ts';
export { type Nexthop, ROUTE_TYPES, routeMessage, type RouteMessage, type Via } from './route/index.ts';
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
