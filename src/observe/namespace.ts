import { NETLINK_ROUTE, NetlinkSocket } from '../netlink/index.ts';
import {
  getAddresses,
  getLinks,
  getNeighbours,
  getRoutes,
  getRules,
  type AddressMessage,
  type Link,
} from '../rtnetlink/index.ts';
import type { LinkState, NamespaceName, ObservedNamespace } from '../state/index.ts';
import { addressesByIndex } from './address.ts';
import { isFallbackTunnel, kindOfLink, linkState } from './link.ts';
import type { Upper } from './lower.ts';
import { neighbourState } from './neighbour.ts';
import type { Endpoint } from './peer.ts';
import { routeState } from './route.ts';
import { ruleState } from './rule.ts';
import { readSysctls } from './sysctls.ts';
import { readTables, tablesByName } from './tables.ts';

/** The state of a namespace, and the data to find the peers and lower links of its links. */
export interface Observed {
  state: Omit<ObservedNamespace, 'links'> & { links: Record<string, LinkState> };
  endpoints: Endpoint[];
  /** The links whose lower link is in another namespace. */
  uppers: Upper[];
  nameOf: (index: number | undefined) => string | undefined;
}

/** Reads the complete state of this thread's network namespace. */
export function observeNamespace(namespace: NamespaceName, sysctls: Iterable<string>, allRoutes = false): Observed {
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  const kernelLinks = getLinks(socket).filter((link) => !isFallbackTunnel(link));
  const { links, endpoints, uppers, nameOf } = describeLinks(namespace, kernelLinks, getAddresses(socket));
  return {
    endpoints,
    uppers,
    nameOf,
    state: {
      links,
      routes: getRoutes(socket).flatMap((route) => routeState(route, nameOf, allRoutes)),
      rules: getRules(socket).flatMap(ruleState),
      neighbours: getNeighbours(socket).flatMap((neighbour) => neighbourState(neighbour, nameOf)),
      sysctls: readSysctls(sysctls, socket, kernelLinks),
      tables: tablesByName(readTables()),
      files: {},
    },
  };
}

/** Converts links and their addresses to LinkStates, and returns the data to find peers and lower links. */
export function describeLinks(
  namespace: NamespaceName,
  kernelLinks: readonly Link[],
  addressMessages: readonly AddressMessage[],
) {
  const names = new Map(kernelLinks.map((link) => [link.index, link.name ?? '']));
  const nameOf = (index: number | undefined): string | undefined =>
    index === undefined ? undefined : names.get(index);
  const addresses = addressesByIndex(addressMessages);
  const links: Record<string, LinkState> = {};
  const endpoints: Endpoint[] = [];
  const uppers: Upper[] = [];
  for (const link of kernelLinks) {
    const name = link.name ?? '';
    const kind = kindOfLink(link);
    links[name] = linkState(link, kind, nameOf, addresses.get(link.index) ?? []);
    if (kind.lower !== undefined && link.linkNetnsId !== undefined)
      uppers.push({ namespace, name, lowerIndex: kind.lower, lowerNsid: link.linkNetnsId });
    if (kind.kind?.pair !== undefined && link.link !== undefined) {
      endpoints.push({
        namespace,
        name,
        index: link.index,
        peerIndex: link.link,
        ...(link.linkNetnsId === undefined ? {} : { peerNsid: link.linkNetnsId }),
      });
    }
  }
  return { links, endpoints, uppers, nameOf };
}
