import { addressBits, familyOf, type Ip } from '../addr/index.ts';
import { AF_BRIDGE, AF_INET, AF_INET6, AF_UNSPEC, ENODEV, ENOENT } from '../ffi/index.ts';
import { NetlinkError, type NetlinkSocket } from '../netlink/index.ts';
import { encodeText } from '../wire/index.ts';
import { addressMessage, type AddressMessage } from './address.ts';
import {
  RTEXT_FILTER_BRVLAN_COMPRESSED,
  RTEXT_FILTER_SKIP_STATS,
  RTM_F_LOOKUP_TABLE,
  RTM_GETADDR,
  RTM_GETLINK,
  RTM_GETNEIGH,
  RTM_GETNETCONF,
  RTM_GETNSID,
  RTM_GETROUTE,
  RTM_GETRULE,
} from './constants.ts';
import { bridgeLinkMessage, type BridgeLink, linkMessage, type Link } from './link/index.ts';
import { neighbourMessage, type NeighbourMessage } from './neighbour.ts';
import { netconfMessage, type NetconfMessage } from './netconf.ts';
import { nsidMessage } from './nsid.ts';
import { dump, dumpIp, find, get } from './request.ts';
import { routeMessage, type RouteMessage } from './route/index.ts';
import { ruleMessage, type RuleMessage } from './rule.ts';

/** The maximum length of IFLA_IFNAME, in bytes: IFNAMSIZ of linux/if.h without the NUL byte. */
const NAME_MAX = 15;

/** Which links to list, and with which attributes. */
export interface LinkQuery {
  /** True includes the IPv6 counters, which are most of a link's bytes. The link's own counters are always included. */
  readonly inet6Stats?: boolean;
  /** Only the ports of the bridge or other link with this index. */
  readonly master?: number;
}

/** Lists the links of the socket's namespace. @throws NetlinkError */
export function getLinks(socket: NetlinkSocket, query: LinkQuery = {}): Link[] {
  return dump(
    socket,
    RTM_GETLINK,
    linkMessage,
    {
      ...(query.inet6Stats === true ? {} : { extMask: RTEXT_FILTER_SKIP_STATS }),
      ...(query.master === undefined ? {} : { master: query.master }),
    },
    'list the links',
  );
}

/**
 * Returns a link.
 * @param which its index, its name or an alternative name
 * @throws NetlinkError ENODEV when there is no such link
 */
export function getLink(socket: NetlinkSocket, which: number | string): Link {
  return get(socket, RTM_GETLINK, linkMessage, ...linkRequest(which));
}

function linkRequest(
  which: number | string,
): [request: { index: number } | { name: string } | { altName: string }, operation: string] {
  if (typeof which === 'number') return [{ index: which }, `look up link ${which}`];
  const name = encodeText(which).length > NAME_MAX ? { altName: which } : { name: which };
  return [name, `look up link "${which}"`];
}

/** Like {@link getLink}, but returns undefined when there is no such link. @throws NetlinkError */
export function findLink(socket: NetlinkSocket, which: number | string): Link | undefined {
  return find(socket, RTM_GETLINK, linkMessage, ...linkRequest(which), ENODEV);
}

/**
 * Lists all bridges and bridge ports with their VLANs, consecutive ones as ranges (`bridge -c vlan`).
 * @throws NetlinkError
 */
export function getBridgePorts(socket: NetlinkSocket): BridgeLink[] {
  return dump(
    socket,
    RTM_GETLINK,
    bridgeLinkMessage,
    { family: AF_BRIDGE, extMask: RTEXT_FILTER_BRVLAN_COMPRESSED },
    'list the ports of bridges',
  );
}

/**
 * Returns the objects of one interface; none when the interface is gone (ENODEV), which can happen at any time.
 * @param index of the interface; absent or 0 for all interfaces
 */
function unlessGone<T>(index: number | undefined, list: () => T[]): T[] {
  try {
    return list();
  } catch (error) {
    if (index && error instanceof NetlinkError && error.code === 'ENODEV') return [];
    throw error;
  }
}

/** Which addresses to list. */
export interface AddressQuery {
  /** AF_INET or AF_INET6; both when absent. */
  readonly family?: number;
  /** Only addresses of the interface with this index. */
  readonly index?: number;
}

/** Lists the addresses of interfaces (`ip address`). @throws NetlinkError */
export function getAddresses(socket: NetlinkSocket, query: AddressQuery = {}): AddressMessage[] {
  const { family = AF_UNSPEC, index = 0 } = query;
  return unlessGone(index, () => dumpIp(socket, RTM_GETADDR, addressMessage, { family, index }, 'list the addresses'));
}

/** Which routes to list. */
export interface RouteQuery {
  /** AF_INET or AF_INET6; both when absent. */
  readonly family?: number;
  /** All tables when absent. */
  readonly table?: number;
  /** RTPROT_*. */
  readonly protocol?: number;
  /** RTN_*. */
  readonly type?: number;
  /** Only routes with this output interface, by index. */
  readonly oif?: number;
}

/**
 * Lists routes (`ip route`), without cached ones from path MTU discovery and redirects.
 * @throws NetlinkError ENOENT when `table` does not exist
 */
export function getRoutes(socket: NetlinkSocket, query: RouteQuery = {}): RouteMessage[] {
  const { family = AF_UNSPEC, protocol = 0, type = 0, table, oif } = query;
  const filter = {
    family,
    protocol,
    type,
    ...(table === undefined ? {} : { table }),
    ...(oif === undefined ? {} : { oif }),
  };
  return unlessGone(oif, () => dumpIp(socket, RTM_GETROUTE, routeMessage, filter, 'list the routes'));
}

/** The source of a packet to forward. */
export interface Arrival {
  /** The index of the input interface. */
  readonly iif: number;
  /** The source address. */
  readonly from: Ip;
}

/**
 * Looks up the route to an address (`ip route get`), with the policy routing rules.
 * @param arrival the source of a forwarded packet; absent for a packet of this namespace
 * @throws NetlinkError ENETUNREACH when there is no route; EACCES, EHOSTUNREACH or EINVAL for a route of type prohibit,
 *   unreachable or blackhole
 */
export function getRouteTo(socket: NetlinkSocket, to: Ip, arrival?: Arrival): RouteMessage {
  const family = familyOf(to);
  const bits = addressBits(family);
  const request = {
    family: family === 4 ? AF_INET : AF_INET6,
    dst: to,
    dstLength: bits,
    // IPv6 always returns the table, and refuses the flag.
    flags: family === 4 ? RTM_F_LOOKUP_TABLE : 0,
    ...(arrival !== undefined && { iif: arrival.iif, src: arrival.from, srcLength: bits }),
  };
  return get(socket, RTM_GETROUTE, routeMessage, request, `look up the route to ${to}`);
}

/** Like {@link getRouteTo}, but returns undefined for each of these errors. @throws NetlinkError */
export function findRoute(socket: NetlinkSocket, to: Ip, arrival?: Arrival): RouteMessage | undefined {
  try {
    return getRouteTo(socket, to, arrival);
  } catch (error) {
    if (error instanceof NetlinkError && NO_ROUTE.has(error.code)) return undefined;
    throw error;
  }
}

/** Errors for routes of type unreachable, blackhole and prohibit, for no route and for no such input interface. */
const NO_ROUTE: ReadonlySet<string> = new Set([
  'ENETUNREACH',
  'EHOSTUNREACH',
  'EINVAL',
  'EACCES',
  'EXDEV',
  'ENETDOWN',
  'ENODEV',
]);

/**
 * Lists the policy routing rules (`ip rule`), the rules of each family in the order in which the kernel tries them.
 * @param family AF_INET or AF_INET6; both when absent
 * @throws NetlinkError
 */
export function getRules(socket: NetlinkSocket, family = AF_UNSPEC): RuleMessage[] {
  return dumpIp(socket, RTM_GETRULE, ruleMessage, { family }, 'list the rules');
}

/** Which neighbours to list. */
export interface NeighbourQuery {
  /** AF_INET or AF_INET6; both when absent. */
  readonly family?: number;
  /** Only neighbours on the interface with this index. */
  readonly index?: number;
}

/** Lists ARP and NDP entries (`ip neighbour`). @throws NetlinkError */
export function getNeighbours(socket: NetlinkSocket, query: NeighbourQuery = {}): NeighbourMessage[] {
  const { family = AF_UNSPEC, index } = query;
  return dumpIp(
    socket,
    RTM_GETNEIGH,
    neighbourMessage,
    { family, ...(index === undefined ? {} : { ifIndex: index }) },
    'list the neighbours',
  );
}

/**
 * Returns a neighbour entry, or undefined when there is none.
 * @param index of the neighbour's interface
 * @throws NetlinkError
 */
export function findNeighbour(socket: NetlinkSocket, index: number, address: Ip): NeighbourMessage | undefined {
  const family = familyOf(address) === 4 ? AF_INET : AF_INET6;
  const request = { family, index, dst: address };
  return find(socket, RTM_GETNEIGH, neighbourMessage, request, `look up neighbour ${address}`, ENOENT, ENODEV);
}

/** Which FDB entries to list. */
export interface FdbQuery {
  /** Only entries of the bridge port, or of the VXLAN, with this index. */
  readonly index?: number;
  /** Only entries of the bridge with this index. */
  readonly master?: number;
}

/** Lists the forwarding databases of bridges, VXLANs and hardware interfaces (`bridge fdb`). @throws NetlinkError */
export function getFdb(socket: NetlinkSocket, query: FdbQuery = {}): NeighbourMessage[] {
  const { index = 0, master } = query;
  const filter = { family: AF_BRIDGE, index, ...(master === undefined ? {} : { master }) };
  return unlessGone(index || master, () =>
    dump(socket, RTM_GETNEIGH, neighbourMessage, filter, 'list the forwarding databases'),
  );
}

/**
 * Returns the nsid of another namespace in the socket's, or undefined when it has none. The kernel assigns one when a
 * link refers to the other namespace, such as a veth pair between both.
 * @param fd a descriptor of the other namespace
 * @throws NetlinkError
 */
export function getNsid(socket: NetlinkSocket, fd: number): number | undefined {
  const { nsid } = get(
    socket,
    RTM_GETNSID,
    nsidMessage,
    { family: AF_UNSPEC, fd },
    'look up the nsid of a network namespace',
  );
  return nsid === undefined || nsid < 0 ? undefined : nsid;
}

/** True if a namespace has this nsid in the socket's namespace. @throws NetlinkError */
export function hasNsid(socket: NetlinkSocket, nsid: number): boolean {
  const request = { family: AF_UNSPEC, nsid };
  return (
    find(socket, RTM_GETNSID, nsidMessage, request, `look up the network namespace with nsid ${nsid}`, ENOENT) !==
    undefined
  );
}

/**
 * Returns the settings of an interface. This takes a tenth of the time of the first read of net.ipv4.conf in /proc.
 * @param family AF_INET or AF_INET6
 * @param index of the interface, or NETCONFA_IFINDEX_ALL
 * @throws NetlinkError
 */
export const getNetconf = (socket: NetlinkSocket, family: number, index: number): NetconfMessage =>
  get(socket, RTM_GETNETCONF, netconfMessage, { family, index }, 'look up settings of interfaces');
