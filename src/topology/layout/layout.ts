import { KINDS } from '../../kinds/index.ts';
import { EMPTY_NAMESPACE, type LinkState, type NamespaceName, type ObservedState } from '../../state/index.ts';
import type { Notes } from '../../format/index.ts';
import { HOST_PORT, UPLINK } from '../names.ts';
import { merge, rankIn } from '../../base/index.ts';
import type { FoundEnd, FoundNode, FoundSegment, Layout } from './model.ts';
import { Names } from './names.ts';
import { addressesOf, orderCable, orderEnds, orderNodes } from './order.ts';

/** The state that a layout is made from. */
export interface LayoutSource {
  readonly state: ObservedState;
  /** The namespace of the bridges. */
  readonly switches: NamespaceName;
  /** The namespaces that become nodes. */
  readonly nodes: readonly NamespaceName[];
  /** Returns the name of a namespace's node. */
  readonly nodeName: (namespace: NamespaceName) => string;
}

/** Finds the networks, nodes and cables of a state. Links that cannot be part of a topology go to `notes`. */
export function layoutOf({ state, switches, nodes: namespaces, nodeName }: LayoutSource, notes: Notes): Layout {
  const { links, tables } = state.namespaces[switches] ?? EMPTY_NAMESPACE;
  const names = new Names(notes);
  const networks = new Map<string, FoundSegment>();
  for (const [name, bridge] of Object.entries(links)) {
    if (bridge.kind !== KINDS.bridge.name || name === UPLINK) continue;
    const label = names.network(bridge.altNames?.[0] ?? name);
    networks.set(name, {
      network: { name: label, bridgeName: name, bridge },
      mtu: bridge.mtu,
      ends: [],
    });
  }

  const nodes = namespaces.map((namespace): FoundNode => {
    const own = state.namespaces[namespace] ?? EMPTY_NAMESPACE;
    return { name: names.node(nodeName(namespace)), namespace, state: own, ends: [] };
  });
  const ordered = orderNodes(nodes, Object.values(links));
  const byNamespace = new Map(nodes.map((node) => [node.namespace, node]));
  const cables = new Map<string, FoundSegment>();
  for (const node of ordered) {
    const ends: FoundEnd[] = [];
    for (const [name, link] of Object.entries(node.state.links)) {
      if (link.kind === KINDS.loopback.name) continue;
      const segment = segmentOf(node, name, link);
      if (segment === undefined) continue;
      const end: FoundEnd = { node, name, link, segment, addresses: addressesOf(node, link) };
      segment.ends.push(end);
      ends.push(end);
    }
    node.ends = orderEnds(node, ends);
  }

  /** The segment of an interface; undefined for an uplink, and for a link that no topology can have, with a note. */
  function segmentOf(node: FoundNode, name: string, link: LinkState): FoundSegment | undefined {
    const path = ['nodes', node.name];
    if (link.kind !== KINDS.veth.name)
      notes.add(path, `${name} is omitted: its kind is ${link.kind}, not ${KINDS.veth.name}`);
    else if (link.peer === undefined) notes.add(path, `${name} is omitted: its peer is in none of these namespaces`);
    else if (link.peer.namespace === switches) {
      const { master } = links[link.peer.name] ?? {};
      const network = networks.get(master ?? '');
      if (network !== undefined) return network;
      if (master === UPLINK && name === UPLINK) node.uplink = link;
      else notes.add(path, `${name} is omitted: its peer ${link.peer.name} is not a bridge port`);
    } else if (link.peer.namespace === node.namespace)
      notes.add(path, `${name} is omitted: its peer is in the same node`);
    else if (byNamespace.has(link.peer.namespace)) {
      const key = [`${node.namespace} ${name}`, `${link.peer.namespace} ${link.peer.name}`].toSorted().join(' ');
      let cable = cables.get(key);
      if (cable === undefined) cables.set(key, (cable = { mtu: link.mtu, ends: [] }));
      return cable;
    } else notes.add(path, `${name} is omitted: its peer is in ${link.peer.namespace}, which is not a node`);
    return undefined;
  }

  for (const [name, link] of Object.entries(links)) {
    const known =
      link.kind === KINDS.loopback.name || link.kind === KINDS.bridge.name || [UPLINK, HOST_PORT].includes(name);
    if (known || (link.peer !== undefined && byNamespace.has(link.peer.namespace))) continue;
    notes.add([], `${name}, of kind ${link.kind}, is omitted`);
  }

  const whole = [...cables.values()].filter(({ ends }) => ends.length === 2);
  for (const node of ordered) {
    for (const { name } of node.ends.filter((end) => !isWhole(end)))
      notes.add(['nodes', node.name], `${name} is omitted: its peer is in another namespace`);
    node.ends = node.ends.filter(isWhole);
  }
  const positions = new Map(ordered.map((node, i) => [node, i]));
  for (const { ends } of whole) ends.splice(0, 2, ...orderCable(ends, positions));
  const chains = ordered.map(({ ends }) =>
    ends.map((end) => end.segment).filter((segment) => segment.network === undefined),
  );
  return {
    networks: [...networks.values()],
    nodes: ordered,
    cables: merge(whole, chains, rankIn(whole)),
    tables,
  };
}

/** Whether an interface is on a network, or its peer is an interface of a node. */
const isWhole = ({ segment }: FoundEnd): boolean => segment.network !== undefined || segment.ends.length === 2;
