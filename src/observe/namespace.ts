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

/** What a namespace holds, and its ends of cables, of which it is not known yet where the others are. */
export interface Observed {
  state: Omit<ObservedNamespace, 'links'> & { links: Record<string, LinkState> };
  endpoints: Endpoint[];
  /** Those of its links that lie upon one in another namespace. */
  uppers: Upper[];
  nameOf: (index: number | undefined) => string | undefined;
}

/** Everything in the namespace that this thread is in. */
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

/** Links in NetworkState's words, with their addresses, and what the kernel knows them by. */
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
