import {
  addressOf,
  familyOf,
  hostRange,
  ipToBigInt,
  networkOf,
  type Cidr,
  type Family,
  type Ip,
} from '../../addr/index.ts';
import { naturally } from '../../base/text.ts';
import type { LinkState, NamespaceName, ObservedNamespace, ObservedState } from '../../state/index.ts';
import { EGRESS_TABLE } from '../egress.ts';
import { specialInItself } from '../subnet.ts';
import {
  DIGITS,
  NAME,
  NETWORK_NAME_MAX,
  NODE_NAME_MAX,
  RESERVED_NETWORKS,
  RESERVED_NODES,
} from '../../format/index.ts';
import { PUBLISH_TABLE } from '../publish.ts';
import { BEFORE_NODES } from '../uplink-plan.ts';
import { HOST_PORT, UPLINK } from '../uplink-names.ts';
import { egressOf, type FoundEgress } from './egress.ts';
import type { Notes } from './notes.ts';
import { merge } from './order.ts';

/** What is cabled to what, as a state has it: a topology's networks, nodes and links, before anything is left out. */
export interface Shape {
  readonly networks: readonly Segment[];
  readonly nodes: readonly Node[];
  readonly cables: readonly Segment[];
}

/** A bridge with what is plugged into it, or a cable between two nodes. */
export interface Segment {
  /** Of a bridge: what the network is called, the bridge, and what its members reach outside, where that is limited. */
  readonly network?: { readonly name: string; readonly bridge: LinkState; readonly egress: FoundEgress | undefined };
  readonly mtu: number;
  readonly ends: End[];
}

export interface Node {
  readonly name: string;
  readonly namespace: NamespaceName;
  readonly state: ObservedNamespace;
  /** In the order of the topology: networks, then cables. */
  ends: readonly End[];
  /** Its own link to the host. */
  uplink?: LinkState;
}

/** The table that a node with `internet` has. */
export const OWN_TABLE = 'inet netwright';

/** Whether a node's uplink is its way out. */
export const hasInternet = ({ uplink, state }: Node): boolean =>
  uplink !== undefined && state.tables[OWN_TABLE]?.chains['postrouting'] !== undefined;

/** Whether a node answers by its uplink whatever its routes, as those that publish ports do. */
export const publishes = ({ uplink, state }: Node): boolean =>
  uplink !== undefined && state.rules.some(({ table }) => table === PUBLISH_TABLE);

export interface End {
  readonly node: Node;
  readonly name: string;
  readonly link: LinkState;
  readonly segment: Segment;
  /** IPv4's first, link-local ones left out. */
  readonly addresses: readonly Cidr[];
}

export interface Place {
  readonly state: ObservedState;
  /** The namespace that the bridges are in. */
  readonly switches: NamespaceName;
  /** The namespaces that are nodes. */
  readonly nodes: readonly NamespaceName[];
  /** What a node's name is made of. */
  readonly nodeName: (namespace: NamespaceName) => string;
}

const NOTHING: ObservedNamespace = {
  links: {},
  routes: [],
  rules: [],
  neighbours: [],
  sysctls: {},
  tables: {},
  files: {},
};

/** Finds out what is cabled to what. What is no part of a topology goes to `notes`. */
export function shapeOf({ state, switches, nodes: namespaces, nodeName }: Place, notes: Notes): Shape {
  const { links, tables } = state.namespaces[switches] ?? NOTHING;
  const names = new Names(notes);
  const networks = new Map<string, Segment>();
  for (const [name, bridge] of Object.entries(links)) {
    if (bridge.kind !== 'bridge' || name === UPLINK) continue;
    const label = names.network(bridge.altNames?.[0] ?? name);
    networks.set(name, {
      network: { name: label, bridge, egress: egressOf(tables[`inet ${EGRESS_TABLE}`], name) },
      mtu: bridge.mtu,
      ends: [],
    });
  }

  const nodes = namespaces.map((namespace): Node => {
    const of = state.namespaces[namespace] ?? NOTHING;
    return { name: names.node(nodeName(namespace)), namespace, state: of, ends: [] };
  });
  const ordered = orderNodes(nodes, Object.values(links));
  const byNamespace = new Map(nodes.map((node) => [node.namespace, node]));
  const cables = new Map<string, Segment>();
  for (const node of ordered) {
    const ends: End[] = [];
    for (const [name, link] of Object.entries(node.state.links)) {
      if (link.kind === 'loopback') continue;
      const segment = segmentOf(node, name, link);
      if (segment === undefined) continue;
      const end: End = { node, name, link, segment, addresses: addressesOf(node, link) };
      segment.ends.push(end);
      ends.push(end);
    }
    node.ends = orderEnds(node, ends);
  }

  /** The segment of an interface; undefined for an uplink, and for what a topology has no word for, which is noted. */
  function segmentOf(node: Node, name: string, link: LinkState): Segment | undefined {
    const path = ['nodes', node.name];
    if (link.kind !== 'veth') notes.add(path, `${name} is left out: it is no cable, but of kind ${link.kind}`);
    else if (link.peer === undefined)
      notes.add(path, `${name} is left out: its other end is in none of these namespaces`);
    else if (link.peer.namespace === switches) {
      const { master } = links[link.peer.name] ?? {};
      const network = networks.get(master ?? '');
      if (network !== undefined) return network;
      if (master === UPLINK && name === UPLINK) node.uplink = link;
      else notes.add(path, `${name} is left out: its other end, ${link.peer.name}, is in no bridge`);
    } else if (link.peer.namespace === node.namespace)
      notes.add(path, `${name} is left out: its other end is in the same node`);
    else if (byNamespace.has(link.peer.namespace)) {
      const key = [`${node.namespace} ${name}`, `${link.peer.namespace} ${link.peer.name}`].toSorted().join(' ');
      let cable = cables.get(key);
      if (cable === undefined) cables.set(key, (cable = { mtu: link.mtu, ends: [] }));
      return cable;
    } else notes.add(path, `${name} is left out: its other end is in ${link.peer.namespace}, which is no node`);
    return undefined;
  }

  for (const [name, link] of Object.entries(links)) {
    const known = link.kind === 'loopback' || link.kind === 'bridge' || [UPLINK, HOST_PORT].includes(name);
    if (known || (link.peer !== undefined && byNamespace.has(link.peer.namespace))) continue;
    notes.add([], `${name}, of kind ${link.kind}, beside the bridges, is left out`);
  }

  const whole = [...cables.values()].filter(({ ends }) => ends.length === 2);
  for (const node of ordered) {
    const isWhole = ({ segment }: End): boolean => segment.network !== undefined || segment.ends.length === 2;
    for (const { name } of node.ends.filter((end) => !isWhole(end)))
      notes.add(['nodes', node.name], `${name} is left out: its other end is elsewhere`);
    node.ends = node.ends.filter(isWhole);
  }
  const positions = new Map(ordered.map((node, i) => [node, i]));
  for (const { ends } of whole) ends.splice(0, 2, ...orderCable(ends, positions));
  const chains = ordered.map(({ ends }) =>
    ends.map(({ segment }) => segment).filter((one) => one.network === undefined),
  );
  return {
    networks: merge([...networks.values()], [filterOrder(tables, networks)], rankIn([...networks.values()])),
    nodes: ordered,
    cables: merge(whole, chains, rankIn(whole)),
  };
}

const rankIn = <T>(items: readonly T[]): ((item: T) => number) => {
  const ranks = new Map(items.map((item, i) => [item, i]));
  return (item) => ranks.get(item) ?? 0;
};

/** The order of networks with a way out, in which the filter between them speaks of them. */
function filterOrder(tables: ObservedNamespace['tables'], networks: ReadonlyMap<string, Segment>): Segment[] {
  const rules = Object.values(tables).flatMap(({ chains }) => chains['forward']?.rules ?? []);
  return rules.flatMap(({ statements }) =>
    statements.flatMap((statement) => {
      if (!('match' in statement) || statement.match.left !== 'iifname') return [];
      return networks.get(statement.match.right as string) ?? [];
    }),
  );
}

/**
 * The order of the topology, which the nodes' hosts files follow, and the addresses of their uplinks; other nodes stand
 * where they were plugged in.
 */
function orderNodes(nodes: readonly Node[], switchLinks: readonly LinkState[]): Node[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const hosts = nodes.map(({ state }) => state.files['hosts']).find((text) => text !== undefined);
  const known = new Set(hostsLines(hosts).flatMap(([, name]) => byName.get(name ?? '') ?? []));
  const uplinks = nodes
    .map((node) => ({ node, address: globalAddressOf(node.state.links[UPLINK]) }))
    .filter(({ address }) => address !== undefined)
    .toSorted((a, b) => compareAddresses(addressOf(a.address!), addressOf(b.address!)))
    .map(({ node }) => node);
  const plugged = new Map<NamespaceName, number>();
  for (const { peer } of switchLinks)
    if (peer !== undefined && !plugged.has(peer.namespace)) plugged.set(peer.namespace, plugged.size);
  const byText = nodes.toSorted((a, b) => naturally(a.name, b.name));
  const place = rankIn(byText);
  const order = merge(
    nodes,
    [[...known], uplinks],
    (node) => (plugged.get(node.namespace) ?? nodes.length) * nodes.length + place(node),
  );
  return counted(order, uplinks, known);
}

/**
 * An uplink's address counts the nodes before it, too (see `planUplink`): as many as are missing there are put there, of
 * those that need not stand after it.
 * @param known those that stand in this order
 */
function counted(order: readonly Node[], uplinks: readonly Node[], known: ReadonlySet<Node>): Node[] {
  const nodes = [...order];
  const counting = new Set(uplinks);
  for (const node of uplinks) {
    const address = globalAddressOf(node.state.links[UPLINK])!;
    const wanted = Number(ipToBigInt(addressOf(address)) - hostRange(networkOf(address)).first) - BEFORE_NODES;
    /** One that may come to the other side of the node; the nearest of those that stand in order, if any. */
    const choose = (others: readonly Node[]): Node | undefined => {
      const nearest = known.has(node) ? undefined : others.find((other) => known.has(other));
      if (nearest !== undefined && !counting.has(nearest)) return nearest;
      return others.find((other) => !known.has(other) && !counting.has(other));
    };
    for (;;) {
      const at = nodes.indexOf(node);
      const moved =
        at < wanted ? choose(nodes.slice(at + 1)) : at > wanted ? choose(nodes.slice(0, at).toReversed()) : undefined;
      if (moved === undefined) break;
      nodes.splice(nodes.indexOf(moved), 1);
      // Where the node was: right before it, or right behind.
      nodes.splice(at, 0, moved);
    }
  }
  return nodes;
}

const globalAddressOf = (link: LinkState | undefined): Cidr | undefined =>
  link?.addresses.find(({ scope }) => scope !== 'link')?.address;

/** Networks first, then cables; each as the node's own lines in its hosts file are, and as their names are numbered. */
function orderEnds(node: Node, ends: readonly End[]): End[] {
  const owners = new Map(ends.flatMap((end) => end.addresses.map((address) => [String(addressOf(address)), end])));
  const lines = hostsLines(node.state.files['hosts']);
  const listed = lines.flatMap(([address, name]) => (name === node.name ? (owners.get(address ?? '') ?? []) : []));
  const inKernel = rankIn(ends);
  const rank = (end: End): number => {
    const number = /^eth(\d+)$/.exec(end.name)?.[1];
    return number === undefined ? inKernel(end) : Number(number);
  };
  const [plugged, cabled] = [true, false].map((isPlugged) =>
    ends.filter(({ segment }) => (segment.network !== undefined) === isPlugged),
  );
  return [plugged!, cabled!].flatMap((some) => merge(some, [[...new Set(listed)]], rank));
}

/** The end with the lower address first, as addresses are given out. */
function orderCable(ends: readonly End[], positions: ReadonlyMap<Node, number>): End[] {
  const [a, b] = ends as [End, End];
  const inOrder = positions.get(a.node)! <= positions.get(b.node)!;
  const [one, other] = [a, b].map(({ addresses }) => addresses[0]);
  const first =
    one === undefined || other === undefined || familyOf(one) !== familyOf(other)
      ? inOrder
      : compareAddresses(addressOf(one), addressOf(other)) < 0;
  return first ? [a, b] : [b, a];
}

/** The interface's addresses that a topology can give it, in the order in which the node's own hosts file has them. */
function addressesOf(node: Node, { addresses }: LinkState): Cidr[] {
  const lines = hostsLines(node.state.files['hosts']).filter(([, name]) => name === node.name);
  const rank = rankIn(lines.map(([address]) => address ?? ''));
  return addresses
    .filter(({ scope }) => scope !== 'link')
    .map(({ address }) => address)
    .filter((address) => specialInItself(address) === undefined)
    .toSorted((a, b) => familyOf(a) - familyOf(b) || rank(addressOf(a)) - rank(addressOf(b)));
}

const linesOf = new Map<string, readonly string[][]>();

/** The words of each line. Most nodes share one text. */
function hostsLines(text: string | undefined): readonly string[][] {
  if (text === undefined) return [];
  let lines = linesOf.get(text);
  if (lines === undefined) {
    lines = text.split('\n').map((line) => line.split(/\s+/));
    linesOf.clear();
    linesOf.set(text, lines);
  }
  return lines;
}

const compareAddresses = (a: Ip, b: Ip): number => (ipToBigInt(a) < ipToBigInt(b) ? -1 : 1);

/** Names that a topology can have, one for each that something has. */
class Names {
  readonly #notes: Notes;
  readonly #taken = { networks: new Set<string>(RESERVED_NETWORKS), nodes: new Set<string>(RESERVED_NODES) };

  constructor(notes: Notes) {
    this.#notes = notes;
  }

  network(name: string): string {
    return this.#take('networks', name, NETWORK_NAME_MAX);
  }

  node(name: string): string {
    return this.#take('nodes', name, NODE_NAME_MAX);
  }

  #take(kind: 'networks' | 'nodes', name: string, max: number): string {
    const taken = this.#taken[kind];
    const word = name
      .toLowerCase()
      .replace(/[^a-z0-9-]+/g, '-')
      .replace(/^-+/, '')
      .slice(0, max - 3);
    const isGood = NAME.test(name) && !DIGITS.test(name) && name.length <= max;
    const wanted = isGood ? name : DIGITS.test(word) || word === '' ? `n${word}` : word;
    let given = wanted;
    for (let i = 2; taken.has(given); i++) given = `${wanted}-${i}`;
    taken.add(given);
    if (given !== name) this.#notes.add([kind, given], `called ${name}`);
    return given;
  }
}

export const firstOf = (addresses: readonly Cidr[], family: Family): Ip | undefined => {
  const found = addresses.find((address) => familyOf(address) === family);
  return found === undefined ? undefined : addressOf(found);
};
