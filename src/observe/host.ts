import { grouped } from '../base/index.ts';
import type { Mac } from '../addr/index.ts';
import { NETLINK_ROUTE, NetlinkSocket } from '../netlink/index.ts';
import type { NamedTable } from '../nftables/index.ts';
import {
  findLink,
  getAddresses,
  getLinks,
  getRoutes,
  ROUTE_TYPES,
  RT_TABLE_LOCAL,
  RTPROT_STATIC,
  type AddressMessage,
  type Link,
  type RouteMessage,
} from '../rtnetlink/index.ts';
import { HOST, type TableFamily, type TableState } from '../state/index.ts';
import { kindOfLink } from './link.ts';
import { describeLinks, type Observed } from './namespace.ts';
import { routeState } from './route.ts';
import { readSysctls } from './sysctls.ts';
import { readTables, tablesByName } from './tables.ts';

/** What a lab has on the host. A name may be anybody's: each is known by what came with it into the kernel as well. */
export interface HostParts {
  readonly links: readonly HostLink[];
  readonly tables: readonly HostTable[];
}

export interface HostLink {
  readonly name: string;
  readonly mac: Mac;
}

export interface HostTable {
  readonly family: TableFamily;
  readonly name: string;
  readonly comment: string;
}

export const isHostLink = ({ name, mac }: HostLink, link: Link): boolean =>
  link.name === name && link.address === mac && kindOfLink(link).kind?.pair !== undefined;

export const isHostTable = ({ family, name, comment }: HostTable, table: NamedTable): boolean =>
  table.family === family && table.name === name && table.comment === comment;

/** What the host has that may be labs'. */
export interface HostReading {
  link(name: string): Link | undefined;
  /** Those of a link, by its index. */
  addresses(link: number): readonly AddressMessage[];
  /** A lab's routes that lead to a link, by its index. */
  routes(link: number): readonly RouteMessage[];
  /** Those of these tables that there are; others may be among them. */
  tables(named: readonly HostTable[]): readonly TableState[];
}

/** A lab's routes on the host: its own only take in what is for the host. Others are none of its business. */
const labRoutes = { table: RT_TABLE_LOCAL, type: ROUTE_TYPES.local, protocol: RTPROT_STATIC } as const;

/**
 * For one lab: the host is asked for what somebody wants to know, when it is.
 * @param socket of the host
 */
export const askHost = (socket: NetlinkSocket): HostReading => ({
  link: (name) => findLink(socket, name),
  addresses: (link) => getAddresses(socket, { index: link }),
  routes: (link) => getRoutes(socket, { ...labRoutes, oif: link }),
  tables: (named) => (named.length === 0 ? [] : readTables(named)),
});

/**
 * For several labs: the host that this thread is in is read once, and not for each.
 * @param tables those of labs
 * @throws NetlinkError
 */
export function readHost(tables: readonly TableState[]): HostReading {
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  const links = new Map(getLinks(socket).map((link) => [link.name ?? '', link]));
  const addresses = grouped(getAddresses(socket), ({ index }) => index);
  const routes = grouped(getRoutes(socket, labRoutes), ({ oif = 0 }) => oif);
  return {
    link: (name) => links.get(name),
    addresses: (link) => addresses.get(link) ?? [],
    routes: (link) => routes.get(link) ?? [],
    tables: () => tables,
  };
}

/**
 * What the host that this thread is in holds of a lab.
 * @param sysctls the settings to read
 * @param reading what has been read of it already
 */
export function observeHost(parts: HostParts, sysctls: Iterable<string>, reading?: HostReading): Observed {
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  const host = reading ?? askHost(socket);
  const kernelLinks = parts.links.flatMap((part) => {
    const link = host.link(part.name);
    return link !== undefined && isHostLink(part, link) ? [link] : [];
  });
  const addresses = kernelLinks.flatMap(({ index }) => host.addresses(index));
  const { links, endpoints, uppers, nameOf } = describeLinks(HOST, kernelLinks, addresses);
  const routes = kernelLinks.flatMap(({ index }) => host.routes(index));
  const tables = host.tables(parts.tables).filter((table) => parts.tables.some((part) => isHostTable(part, table)));
  return {
    endpoints,
    uppers,
    nameOf,
    state: {
      links,
      routes: routes.flatMap((route) => routeState(route, nameOf)),
      rules: [],
      neighbours: [],
      sysctls: readSysctls(sysctls, socket, kernelLinks),
      tables: tablesByName(tables),
      files: {},
    },
  };
}
