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

/**
 * The objects of a lab on the host. Another program can use the same names, so each has a second property as a mark.
 */
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

/** Access to objects on the host that can belong to labs. */
export interface HostReader {
  link(name: string): Link | undefined;
  /** The addresses of a link. @param link its index */
  addresses(link: number): readonly AddressMessage[];
  /** The routes of labs on a link. @param link its index */
  routes(link: number): readonly RouteMessage[];
  /** The existing tables with these names. The result can contain others. */
  tables(named: readonly HostTable[]): readonly TableState[];
}

/** The routes of labs on the host: local routes with the protocol static. Other routes do not belong to labs. */
const labRoutes = { table: RT_TABLE_LOCAL, type: ROUTE_TYPES.local, protocol: RTPROT_STATIC } as const;

/**
 * For one lab: queries the host at each call.
 * @param socket NETLINK_ROUTE of the host
 */
export const queryHost = (socket: NetlinkSocket): HostReader => ({
  link: (name) => findLink(socket, name),
  addresses: (link) => getAddresses(socket, { index: link }),
  routes: (link) => getRoutes(socket, { ...labRoutes, oif: link }),
  tables: (named) => (named.length === 0 ? [] : readTables(named)),
});

/**
 * For several labs: reads the host, in this thread's network namespace, once for all.
 * @param tables the tables of labs
 * @throws NetlinkError
 */
export function readHost(tables: readonly TableState[]): HostReader {
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
 * The state of a lab's objects on the host. This thread must be in the host's network namespace.
 * @param sysctls the keys of the settings to read
 * @param reading the result of {@link readHost}, if available
 */
export function observeHost(parts: HostParts, sysctls: Iterable<string>, reading?: HostReader): Observed {
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  const host = reading ?? queryHost(socket);
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
