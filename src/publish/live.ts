import { grouped } from '../base/index.ts';
import {
  HOST,
  namespaceName,
  type NamespaceState,
  type NetworkState,
  type ObservedState,
  type SetState,
  type TableState,
} from '../state/index.ts';
import { NETLINK_NETFILTER, NetlinkSocket } from '../netlink/index.ts';
import { findTable, kernelHasNetfilter, listTableNames, listTables, type NamedTable } from '../nftables/index.ts';
import {
  hostTableName,
  labOfHostTable,
  LAB_TABLE,
  mergedPublications,
  OPEN_PORTS,
  openPorts,
  publicationOf,
  publishedMapName,
  type Publication,
  type PublishedPort,
  type Topology,
} from '../topology/index.ts';
import { elementsNotIn } from './element-keys.ts';

/** What a node publishes according to the kernel: from the topology, or added later. */
export interface PublishedBy {
  readonly lab: string;
  readonly node: string;
  /** As in a topology: `8080:80`, `127.0.0.1:5353:53/udp`. */
  readonly publish: readonly string[];
}

/** What the nodes of all labs publish now. @param only the name of a single lab */
export const publishedNow = (only?: string): PublishedBy[] =>
  tablesOfLabs(only).flatMap((table) => {
    const lab = labOfHostTable(table)!;
    return [...publishedIn(table)].map(([node, publish]) => ({ lab, node, publish }));
  });

/**
 * The nftables tables of labs on the host.
 * @param only the name of a single lab
 */
export function tablesOfLabs(only?: string): TableState[] {
  if (!kernelHasNetfilter()) return [];
  using socket = NetlinkSocket.open(NETLINK_NETFILTER);
  const named: readonly NamedTable[] =
    only === undefined
      ? listTableNames(socket)
      : [findTable(socket, { family: 'inet', name: hostTableName(only) })].flatMap((found) => found ?? []);
  const own = named.filter((table) => labOfHostTable(table) !== undefined);
  return own.length === 0 ? [] : listTables(socket, { only: own });
}

/** What a lab's table on the host publishes, by node. */
export function publishedIn({ sets }: TableState): Map<string, string[]> {
  const nodes = new Map<string, Publication[]>();
  for (const [map, { elements }] of Object.entries(sets)) {
    for (const element of elements) {
      const publication = publicationOf(map, element);
      if (publication?.node === undefined) continue;
      const others = nodes.get(publication.node);
      if (others === undefined) nodes.set(publication.node, [publication]);
      else others.push(publication);
    }
  }
  const families = ([4, 6] as const).filter((family) => sets[publishedMapName(family, false)] !== undefined);
  return new Map([...nodes].map(([node, all]) => [node, mergedPublications(all, families)]));
}

/** True if the host has a table of the lab, with the lab's comment. */
export function hasOwnTable(lab: string): boolean {
  using socket = NetlinkSocket.open(NETLINK_NETFILTER);
  const table = findTable(socket, { family: 'inet', name: hostTableName(lab) });
  return table !== undefined && labOfHostTable(table) === lab;
}

/** The topology with what its nodes publish now; unchanged if the lab's table on the host no longer exists. */
export function withPublishedPorts(topology: Topology): Topology {
  if (!hasOwnTable(topology.name)) return topology;
  const now = new Map(publishedNow(topology.name).map(({ node, publish }) => [node, publish]));
  const nodes = Object.entries(topology.nodes ?? {}).map(([name, node]): [string, typeof node] => {
    const publish = now.get(name) ?? (node?.publish === undefined ? undefined : []);
    return [name, publish === undefined ? node : { ...node, publish }];
  });
  return { ...topology, nodes: Object.fromEntries(nodes) };
}

/**
 * `wanted` with the ports that were published after the lab was created: they stay, although the topology lacks them.
 */
export function keepPublishedPorts(lab: string, wanted: NetworkState, actual: ObservedState): NetworkState {
  const key = `inet ${hostTableName(lab)}`;
  const table = wanted.namespaces[HOST]?.tables[key];
  const present = actual.namespaces[HOST]?.tables[key];
  if (table === undefined || present === undefined) return wanted;
  const added: PublishedPort[] = [];
  const sets = Object.entries(table.sets).map(([name, set]): [string, SetState] => {
    const others = elementsNotIn(set.elements, present.sets[name]?.elements ?? []).flatMap((element) => {
      const publication = publicationOf(name, element);
      return publication === undefined ? [] : [{ element, publication }];
    });
    added.push(...others.map(({ publication }) => publication));
    return [name, { ...set, elements: [...set.elements, ...others.map(({ element }) => element)] }];
  });
  if (added.length === 0) return wanted;
  const namespaces = { ...wanted.namespaces };
  putTable(namespaces, HOST, key, { ...table, sets: Object.fromEntries(sets) });
  for (const [node, publications] of grouped(added, (publication) => publication.node))
    if (node !== undefined) openGuard(namespaces, namespaceName({ lab, node }), publications);
  return { namespaces };
}

/** Adds published ports to the set that the guard of the node's uplink accepts, if the node has this guard. */
function openGuard(namespaces: Namespaces, namespace: string, publications: readonly Publication[]): void {
  const key = `inet ${LAB_TABLE}`;
  const table = namespaces[namespace]?.tables[key];
  const set = table?.sets[OPEN_PORTS];
  if (table === undefined || set === undefined) return;
  const others = elementsNotIn(set.elements, openPorts(publications));
  const opened = { ...set, elements: [...set.elements, ...others] };
  putTable(namespaces, namespace, key, { ...table, sets: { ...table.sets, [OPEN_PORTS]: opened } });
}

type Namespaces = Record<string, NamespaceState>;

function putTable(namespaces: Namespaces, namespace: string, key: string, table: TableState): void {
  const state = namespaces[namespace]!;
  namespaces[namespace] = { ...state, tables: { ...state.tables, [key]: table } };
}
