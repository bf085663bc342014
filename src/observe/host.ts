import { grouped } from '../base/grouped.ts';
import { NETLINK_ROUTE, NetlinkSocket } from '../netlink/index.ts';
import {
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
import type { TableState } from '../state/index.ts';

/** What the host has that may be labs': for several labs it is read once, and not for each. */
export interface HostReading {
  readonly links: ReadonlyMap<string, Link>;
  /** By the index of the link that they are on. */
  readonly addresses: ReadonlyMap<number, readonly AddressMessage[]>;
  /** Those that {@link labRoutes} describes, by the index of the link that they lead to. */
  readonly routes: ReadonlyMap<number, readonly RouteMessage[]>;
  readonly tables: readonly TableState[];
}

/** A lab's routes on the host: its own only take in what is for the host. Others are none of its business. */
export const labRoutes = { table: RT_TABLE_LOCAL, type: ROUTE_TYPES.local, protocol: RTPROT_STATIC } as const;

/**
 * Reads the host that this thread is in.
 * @param tables those of labs
 * @throws NetlinkError
 */
export function readHost(tables: readonly TableState[]): HostReading {
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  return {
    links: new Map(getLinks(socket).map((link) => [link.name ?? '', link])),
    addresses: grouped(getAddresses(socket), ({ index }) => index),
    routes: grouped(getRoutes(socket, labRoutes), ({ oif = 0 }) => oif),
    tables,
  };
}
