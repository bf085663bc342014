import type { Mac } from '../addr/index.ts';
import { NETLINK_NETFILTER, NETLINK_ROUTE, NetlinkSocket } from '../netlink/index.ts';
import { excursion, findNamespace, namespacePath, openNamespace, LabMounts, type Excursion } from '../netns/index.ts';
import { listTables, normaliseTable, type NamedTable, type TableName } from '../nftables/index.ts';
import {
  findLink,
  getAddresses,
  getLinks,
  getNeighbours,
  getNetconf,
  getRoutes,
  getRules,
  NETCONFA_IFINDEX_ALL,
  type Link,
  type NetconfMessage,
} from '../rtnetlink/index.ts';
import { AF_INET, libc, SyscallError } from '../ffi/index.ts';
import { addressesByIndex } from './address.ts';
import { labRoutes, type HostReading } from './host.ts';
import { isFallbackTunnel, linkState, settingOfLink } from './link.ts';
import { namedAs, pinned, type FilesOf, type Namespaces } from './namespaces.ts';
import { neighbourState } from './neighbour.ts';
import { findPeers, type Endpoint } from './peer.ts';
import { routeState } from './route.ts';
import { ruleState } from './rule.ts';
import { readSysctl } from '../proc/index.ts';
import { observeServices } from './services.ts';
import {
  HOST,
  parseNamespaceName,
  type LinkState,
  type NamespaceName,
  type NamespaceState,
  type NetworkState,
  type TableFamily,
  type TableState,
} from '../state/index.ts';

export interface Scope {
  readonly lab: string;
  /** Settings to read in each namespace; they are too many to read all. */
  readonly sysctls: (namespace: NamespaceName) => Iterable<string>;
  readonly host: HostParts;
  /** What has been read of the host already. */
  readonly hostReading?: HostReading;
  /** Take the namespaces that have a lab's names for the lab's, whoever made them. */
  readonly foreign?: boolean;
  /** Tell of the kernel's and of routing daemons' routes as well: to be shown, and not to be compared. */
  readonly allRoutes?: boolean;
}

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
  link.name === name && link.address === mac && link.linkInfo?.kind === 'veth';

export const isHostTable = ({ family, name, comment }: HostTable, table: NamedTable): boolean =>
  table.family === family && table.name === name && table.comment === comment;

interface Observed {
  state: Omit<NamespaceState, 'links'> & { links: Record<string, LinkState> };
  endpoints: Endpoint[];
}

/**
 * What the kernel holds of a lab, and of the host what is the lab's. Namespaces that do not exist are absent.
 * @throws NetlinkError, SyscallError, DecodeError
 */
export const observe = (scope: Scope): NetworkState => new Observer(scope).observe();

/** Observes a lab again and again: of what was read before, only what may have changed since is read anew. */
export class Observer {
  readonly #scope: Scope;
  readonly #labMounts: LabMounts;
  readonly #namespaces: Namespaces;
  #observed: ReadonlyMap<NamespaceName, Observed> = new Map();

  constructor(scope: Scope) {
    this.#scope = scope;
    this.#labMounts = new LabMounts(scope.lab);
    this.#namespaces = scope.foreign === true ? namedAs(scope.lab) : pinned(this.#labMounts);
  }

  /**
   * As {@link observe}.
   * @param changed namespaces to read again, besides those that were not there before; all when absent
   */
  observe(changed?: ReadonlySet<NamespaceName>): NetworkState {
    const before = this.#observed;
    const observed = new Map<NamespaceName, Observed>();
    const known = (name: NamespaceName): Observed | undefined =>
      changed === undefined || changed.has(name) ? undefined : before.get(name);
    const filesOf = this.#namespaces.files();
    excursion((thread) => {
      observed.set(HOST, known(HOST) ?? observeHost(this.#scope));
      for (const name of this.#namespaces.names()) {
        const found = known(name) ?? this.#read(name, thread, filesOf);
        if (found !== undefined) observed.set(name, found);
      }
    });
    this.#observed = observed;
    joinCables(observed, this.#namespaces.pathOf, true);
    return withServices(stateOf(observed), this.#labMounts);
  }

  #read(name: NamespaceName, thread: Excursion, filesOf: FilesOf): Observed | undefined {
    const fd = findNamespace(this.#namespaces.pathOf(name));
    if (fd === undefined) return undefined;
    try {
      thread.enter(fd);
      const found = observeNamespace(name, this.#scope.sysctls(name), this.#scope.allRoutes);
      return { ...found, state: { ...found.state, owner: parseNamespaceName(name), files: filesOf(name) } };
    } finally {
      libc.close(fd);
    }
  }
}

/** Says of each end of a cable where the other is. */
function joinCables(
  observed: ReadonlyMap<NamespaceName, Observed>,
  pathOf: (namespace: NamespaceName) => string,
  all: boolean,
): void {
  const endpoints = [...observed.values()].flatMap((found) => found.endpoints);
  const peers = findPeers(endpoints, pathOf, all);
  for (const endpoint of endpoints) {
    const { links } = observed.get(endpoint.namespace)!.state;
    const { peer: _, ...link } = links[endpoint.name]!;
    const peer = peers.get(endpoint);
    links[endpoint.name] =
      peer === undefined ? link : { ...link, peer: { namespace: peer.namespace, name: peer.name } };
  }
}

/**
 * Everything but settings that the host and some named namespaces hold, whoever made it; of cables those among them.
 * @throws NetlinkError, SyscallError, DecodeError
 */
export function observeMachine(namespaces: readonly NamespaceName[]): NetworkState {
  const observed = new Map<NamespaceName, Observed>();
  excursion((thread) => {
    observed.set(HOST, observeNamespace(HOST, []));
    for (const name of namespaces) {
      const fd = openNamespace(name);
      try {
        thread.enter(fd);
        observed.set(name, observeNamespace(name, []));
      } finally {
        libc.close(fd);
      }
    }
  });
  joinCables(observed, namespacePath, false);
  return stateOf(observed);
}

const stateOf = (observed: ReadonlyMap<NamespaceName, Observed>): NetworkState => ({
  namespaces: Object.fromEntries([...observed].map(([name, { state }]) => [name, state])),
});

/** Programs come and go unheard: they are looked for each time. */
function withServices(state: NetworkState, labMounts: LabMounts): NetworkState {
  const found = observeServices(
    labMounts,
    Object.keys(state.namespaces).filter((name) => name !== HOST),
  );
  if (found.size === 0) return state;
  const namespaces = Object.entries(state.namespaces).map(([name, of]): [NamespaceName, NamespaceState] => {
    const services = found.get(name);
    return [name, services === undefined ? of : { ...of, services }];
  });
  return { namespaces: Object.fromEntries(namespaces) };
}

/** Everything in the namespace that this thread is in. */
function observeNamespace(namespace: NamespaceName, sysctls: Iterable<string>, allRoutes = false): Observed {
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  const kernelLinks = getLinks(socket).filter((link) => !isFallbackTunnel(link));
  const { links, endpoints, nameOf } = describeLinks(namespace, kernelLinks, socket);
  return {
    endpoints,
    state: {
      links,
      routes: getRoutes(socket).flatMap((route) => routeState(route, nameOf, allRoutes)),
      rules: getRules(socket).flatMap(ruleState),
      neighbours: getNeighbours(socket).flatMap((neighbour) => neighbourState(neighbour, nameOf)),
      sysctls: readSysctls(sysctls, socket, kernelLinks),
      tables: byName(readTables()),
      files: {},
    },
  };
}

function observeHost(scope: Scope): Observed {
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  const { host, hostReading: read } = scope;
  const kernelLinks = host.links.flatMap((part) => {
    const link = read === undefined ? findLink(socket, part.name) : read.links.get(part.name);
    return link !== undefined && isHostLink(part, link) ? [link] : [];
  });
  const { links, endpoints, nameOf } = describeLinks(HOST, kernelLinks, socket, read);
  const routes = kernelLinks.flatMap(({ index }) =>
    read === undefined ? getRoutes(socket, { ...labRoutes, oif: index }) : (read.routes.get(index) ?? []),
  );
  const tables = host.tables.length === 0 ? [] : (read?.tables ?? readTables(host.tables));
  return {
    endpoints,
    state: {
      links,
      routes: routes.flatMap((route) => routeState(route, nameOf)),
      rules: [],
      neighbours: [],
      sysctls: readSysctls(scope.sysctls(HOST), socket, kernelLinks),
      tables: byName(tables.filter((table) => host.tables.some((part) => isHostTable(part, table)))),
      files: {},
    },
  };
}

function describeLinks(
  namespace: NamespaceName,
  kernelLinks: readonly Link[],
  socket: NetlinkSocket,
  read?: HostReading,
) {
  const names = new Map(kernelLinks.map((link) => [link.index, link.name ?? '']));
  const nameOf = (index: number | undefined): string | undefined =>
    index === undefined ? undefined : names.get(index);
  const addresses = addressesByIndex(
    read === undefined
      ? kernelLinks.length === 0
        ? []
        : getAddresses(socket)
      : kernelLinks.flatMap(({ index }) => read.addresses.get(index) ?? []),
  );
  const links: Record<string, LinkState> = {};
  const endpoints: Endpoint[] = [];
  for (const link of kernelLinks) {
    const name = link.name ?? '';
    const state = linkState(link, nameOf, addresses.get(link.index) ?? []);
    links[name] = state;
    if (state.kind === 'veth' && link.link !== undefined) {
      endpoints.push({
        namespace,
        name,
        index: link.index,
        peerIndex: link.link,
        ...(link.linkNetnsId === undefined ? {} : { peerNsid: link.linkNetnsId }),
      });
    }
  }
  return { links, endpoints, nameOf };
}

/** Settings that most namespaces are asked for, and that netlink tells. */
const OF_ALL: Readonly<Record<string, 'forwarding' | 'rpFilter'>> = {
  'net.ipv4.ip_forward': 'forwarding',
  'net.ipv4.conf.all.rp_filter': 'rpFilter',
};

/**
 * @param socket of the namespace that this thread is in
 * @param links those of it that have been read
 */
function readSysctls(keys: Iterable<string>, socket: NetlinkSocket, links: readonly Link[]): Record<string, string> {
  const values: Record<string, string> = {};
  let ofAll: NetconfMessage | undefined;
  for (const key of keys) {
    const member = OF_ALL[key];
    if (member !== undefined) ofAll ??= getNetconf(socket, AF_INET, NETCONFA_IFINDEX_ALL);
    const value = member === undefined ? (settingOfLink(key, links) ?? readSysctl(key)) : ofAll?.[member]?.toString();
    if (value !== undefined) values[key] = value;
  }
  return values;
}

const byName = (tables: readonly TableState[]): Record<string, TableState> =>
  Object.fromEntries(tables.map((table) => [`${table.family} ${table.name}`, normaliseTable(table)]));

/** The tables of the namespace that this thread is in, or some of them; none where the kernel has no nftables. */
function readTables(only?: readonly TableName[]): TableState[] {
  let socket: NetlinkSocket;
  try {
    socket = NetlinkSocket.open(NETLINK_NETFILTER);
  } catch (error) {
    if (error instanceof SyscallError && error.code === 'EPROTONOSUPPORT') return [];
    throw error;
  }
  try {
    return listTables(socket, only === undefined ? {} : { only });
  } finally {
    socket.close();
  }
}
