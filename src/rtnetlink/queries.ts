import { addressBits, familyOf, type Ip } from '../addr/index.ts';
import { AF_BRIDGE, AF_INET, AF_INET6, AF_UNSPEC, ENODEV, ENOENT } from '../ffi/index.ts';
import { NetlinkError, type NetlinkSocket } from '../netlink/index.ts';
import { encodeText } from '../wire/index.ts';
import { addressMessage, type AddressMessage } from './address.ts';
import {
  RTEXT_FILTER_BRVLAN_COMPRESSED,
  RTEXT_FILTER_SKIP_STATS,
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

/** How many bytes IFLA_IFNAME takes at most: IFNAMSIZ of linux/if.h, less the NUL byte. */
const NAME_MAX = 15;

/** Which links are listed, and what of them. */
export interface LinkQuery {
  /** IPv6's counters too, which are most of a link's bytes. Those of the link itself always come. */
  readonly inet6Stats?: boolean;
  /** Only the ports of the bridge or other link with this index. */
  readonly master?: number;
}

/** Every link of the socket's namespace. @throws NetlinkError */
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
 * One link, by its index or by a name, alternative ones too.
 * @throws NetlinkError ENODEV when there is none
 */
export function getLink(socket: NetlinkSocket, which: number | string): Link {
  return get(socket, RTM_GETLINK, linkMessage, ...oneLink(which));
}

function oneLink(
  which: number | string,
): [question: { index: number } | { name: string } | { altName: string }, operation: string] {
  if (typeof which === 'number') return [{ index: which }, `look up link ${which}`];
  const name = encodeText(which).length > NAME_MAX ? { altName: which } : { name: which };
  return [name, `look up link "${which}"`];
}

/** As {@link getLink}, and undefined when there is none. @throws NetlinkError */
export function findLink(socket: NetlinkSocket, which: number | string): Link | undefined {
  return find(socket, RTM_GETLINK, linkMessage, ...oneLink(which), ENODEV);
}

/** The ports of all bridges and the bridges themselves, with their VLANs (runs of them as ranges). @throws NetlinkError */
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
 * What is asked of one interface: nothing when it is gone, as it may be at any instant between two questions.
 * @param index of the interface; all are asked for when absent or 0
 */
function unlessGone<T>(index: number | undefined, ask: () => T[]): T[] {
  try {
    return ask();
  } catch (error) {
    if (index && error instanceof NetlinkError && error.code === 'ENODEV') return [];
    throw error;
  }
}

/** Which addresses are listed. */
export interface AddressQuery {
  /** AF_INET or AF_INET6; both when absent. */
  readonly family?: number;
  /** Only those of the interface with this index. */
  readonly index?: number;
}

/** The addresses of interfaces, of both families unless one is asked for. @throws NetlinkError */
export function getAddresses(socket: NetlinkSocket, query: AddressQuery = {}): AddressMessage[] {
  const { family = AF_UNSPEC, index = 0 } = query;
  return unlessGone(index, () => dumpIp(socket, RTM_GETADDR, addressMessage, { family, index }, 'list the addresses'));
}

/** Which routes are listed. */
export interface RouteQuery {
  /** AF_INET or AF_INET6; both when absent. */
  readonly family?: number;
  /** All tables when absent. */
  readonly table?: number;
  /** RTPROT_*. */
  readonly protocol?: number;
  /** RTN_*. */
  readonly type?: number;
  /** Only those that leave by the interface with this index. */
  readonly oif?: number;
}

/**
 * Routes, those that path MTU discovery and redirects cached left out.
 * @throws NetlinkError ENOENT when `table` does not exist
 */
export function getRoutes(socket: NetlinkSocket, query: RouteQuery = {}): RouteMessage[] {
  const { family = AF_UNSPEC, protocol = 0, type = 0, table, oif } = query;
  const question = {
    family,
    protocol,
    type,
    ...(table === undefined ? {} : { table }),
    ...(oif === undefined ? {} : { oif }),
  };
  return unlessGone(oif, () => dumpIp(socket, RTM_GETROUTE, routeMessage, question, 'list the routes'));
}

/** A packet of others, which came in by an interface. */
export interface Arrival {
  /** The interface's index. */
  readonly iif: number;
  readonly from: Ip;
}

/**
 * The route that a packet to an address takes (`ip route get`), rules and all.
 * @param arrival of a packet that is passed on; one of this machine's own when absent
 * @throws NetlinkError ENETUNREACH when there is none; EACCES, EHOSTUNREACH or EINVAL when one forbids it
 */
export function getRouteTo(socket: NetlinkSocket, to: Ip, arrival?: Arrival): RouteMessage {
  const family = familyOf(to);
  const bits = addressBits(family);
  const question = {
    family: family === 4 ? AF_INET : AF_INET6,
    dst: to,
    dstLength: bits,
    // IPv6 says the table unasked, and refuses to be asked.
    flags: family === 4 ? RTM_F_LOOKUP_TABLE : 0,
    ...(arrival !== undefined && { iif: arrival.iif, src: arrival.from, srcLength: bits }),
  };
  return get(socket, RTM_GETROUTE, routeMessage, question, `look up the route to ${to}`);
}

/** The same; undefined where there is none, or one forbids it. @throws NetlinkError */
export function findRoute(socket: NetlinkSocket, to: Ip, arrival?: Arrival): RouteMessage | undefined {
  try {
    return getRouteTo(socket, to, arrival);
  } catch (error) {
    // What routes of the types unreachable, blackhole and prohibit say, and what is said where there is none, or no interface
    // that a packet came in by.
    if (error instanceof NetlinkError && NO_ROUTE.has(error.code)) return undefined;
    throw error;
  }
}

const NO_ROUTE: ReadonlySet<string> = new Set([
  'ENETUNREACH',
  'EHOSTUNREACH',
  'EINVAL',
  'EACCES',
  'EXDEV',
  'ENETDOWN',
  'ENODEV',
]);

/** RTM_F_LOOKUP_TABLE of linux/rtnetlink.h: say which table it was found in. */
const RTM_F_LOOKUP_TABLE = 0x1000;

/**
 * The rules of policy routing, those of a family in the order in which the kernel looks at them.
 * @param family AF_INET or AF_INET6; both when absent
 * @throws NetlinkError
 */
export function getRules(socket: NetlinkSocket, family = AF_UNSPEC): RuleMessage[] {
  return dumpIp(socket, RTM_GETRULE, ruleMessage, { family }, 'list the rules');
}

/** Which neighbours are listed. */
export interface NeighbourQuery {
  /** AF_INET or AF_INET6; both when absent. */
  readonly family?: number;
  /** Only those of the interface with this index. */
  readonly index?: number;
}

/** The neighbours of interfaces: ARP and NDP entries. @throws NetlinkError */
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
 * What is known of one neighbour; undefined when it was never asked for.
 * @param index of the interface that it is behind
 * @throws NetlinkError
 */
export function findNeighbour(socket: NetlinkSocket, index: number, address: Ip): NeighbourMessage | undefined {
  const family = familyOf(address) === 4 ? AF_INET : AF_INET6;
  const question = { family, index, dst: address };
  return find(socket, RTM_GETNEIGH, neighbourMessage, question, `look up neighbour ${address}`, ENOENT, ENODEV);
}

/** Which forwarding entries of bridges and VXLANs are listed. */
export interface FdbQuery {
  /** Only those of the port, or of the VXLAN, with this index. */
  readonly index?: number;
  /** Only those of the bridge with this index. */
  readonly master?: number;
}

/** The forwarding databases of bridges, VXLANs and cards. @throws NetlinkError */
export function getFdb(socket: NetlinkSocket, query: FdbQuery = {}): NeighbourMessage[] {
  const { index = 0, master } = query;
  const question = { family: AF_BRIDGE, index, ...(master === undefined ? {} : { master }) };
  return unlessGone(index || master, () =>
    dump(socket, RTM_GETNEIGH, neighbourMessage, question, 'list the forwarding databases'),
  );
}

/**
 * The number by which the socket's namespace knows the one that `fd` refers to, or undefined when it does not: those
 * with which it shares no veth or other pair.
 * @throws NetlinkError
 */
export function getNsid(socket: NetlinkSocket, fd: number): number | undefined {
  const { nsid } = get(
    socket,
    RTM_GETNSID,
    nsidMessage,
    { family: AF_UNSPEC, fd },
    'look up the number of a network namespace',
  );
  return nsid === undefined || nsid < 0 ? undefined : nsid;
}

/** Whether the socket's namespace has given a number to another that is still there. @throws NetlinkError */
export function hasNsid(socket: NetlinkSocket, nsid: number): boolean {
  const question = { family: AF_UNSPEC, nsid };
  return find(socket, RTM_GETNSID, nsidMessage, question, `look up network namespace ${nsid}`, ENOENT) !== undefined;
}

/**
 * Settings of an interface, or of all (NETCONFA_IFINDEX_ALL): a tenth of what reading them in /proc takes where nobody has
 * before.
 * @param family AF_INET or AF_INET6
 * @throws NetlinkError
 */
export const getNetconf = (socket: NetlinkSocket, family: number, index: number): NetconfMessage =>
  get(socket, RTM_GETNETCONF, netconfMessage, { family, index }, 'look up settings of interfaces');
