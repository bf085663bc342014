import { addressOf, familyOf, hostRange, ipToBigInt, networkOf, type Cidr, type Ip } from '../../addr/index.ts';
import { naturalOrder, merge, rankIn } from '../../base/index.ts';
import type { LinkState, NamespaceName } from '../../state/index.ts';
import { UPLINK } from '../names.ts';
import { ADDRESSES_BEFORE_NODES } from '../uplink/index.ts';
import { specialInOwnNetwork } from '../wiring/index.ts';
import type { FoundEnd, FoundNode } from './model.ts';

/**
 * Sorts nodes in the order of the topology: that of the hosts files, and of the uplinks' addresses. All other nodes are
 * in the order of their ports in the namespace of the bridges.
 */
export function orderNodes(nodes: readonly FoundNode[], switchLinks: readonly LinkState[]): FoundNode[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const hosts = nodes.map(({ state }) => state.files['hosts']).find((text) => text !== undefined);
  const known = new Set(hostsLines(hosts).flatMap(([, name]) => byName.get(name ?? '') ?? []));
  const uplinks = nodes
    .map((node) => ({ node, address: globalAddressOf(node.state.links[UPLINK]) }))
    .filter(({ address }) => address !== undefined)
    .toSorted((a, b) => compareAddresses(addressOf(a.address!), addressOf(b.address!)))
    .map(({ node }) => node);
  const portRank = new Map<NamespaceName, number>();
  for (const { peer } of switchLinks)
    if (peer !== undefined && !portRank.has(peer.namespace)) portRank.set(peer.namespace, portRank.size);
  const sortedByName = nodes.toSorted((a, b) => naturalOrder(a.name, b.name));
  const nameRank = rankIn(sortedByName);
  const order = merge(
    nodes,
    [[...known], uplinks],
    (node) => (portRank.get(node.namespace) ?? nodes.length) * nodes.length + nameRank(node),
  );
  return alignedToUplinks(order, uplinks, known);
}

/**
 * Moves nodes so that each node with an uplink is at the position that its address shows: `planUplink` reserves an
 * address for every node before it.
 * @param known the nodes whose order must not change among each other
 */
function alignedToUplinks(
  order: readonly FoundNode[],
  uplinks: readonly FoundNode[],
  known: ReadonlySet<FoundNode>,
): FoundNode[] {
  const nodes = [...order];
  const withUplink = new Set(uplinks);
  for (const node of uplinks) {
    const address = globalAddressOf(node.state.links[UPLINK])!;
    const wanted =
      Number(ipToBigInt(addressOf(address)) - hostRange(networkOf(address)).first) - ADDRESSES_BEFORE_NODES;
    /** A node that can move to the other side of this one: the nearest with a known order, or else any other. */
    const choose = (others: readonly FoundNode[]): FoundNode | undefined => {
      const nearest = known.has(node) ? undefined : others.find((other) => known.has(other));
      if (nearest !== undefined && !withUplink.has(nearest)) return nearest;
      return others.find((other) => !known.has(other) && !withUplink.has(other));
    };
    for (;;) {
      const position = nodes.indexOf(node);
      const moved =
        position < wanted
          ? choose(nodes.slice(position + 1))
          : position > wanted
            ? choose(nodes.slice(0, position).toReversed())
            : undefined;
      if (moved === undefined) break;
      nodes.splice(nodes.indexOf(moved), 1);
      // At the old position of the node: directly before or after its new one.
      nodes.splice(position, 0, moved);
    }
  }
  return nodes;
}

const globalAddressOf = (link: LinkState | undefined): Cidr | undefined =>
  link?.addresses.find(({ scope }) => scope !== 'link')?.address;

/** Sorts a node's interfaces: networks first, then cables, each in the order of the hosts file and of `eth` numbers. */
export function orderEnds(node: FoundNode, ends: readonly FoundEnd[]): FoundEnd[] {
  const owners = new Map(ends.flatMap((end) => end.addresses.map((address) => [String(addressOf(address)), end])));
  const lines = hostsLines(node.state.files['hosts']);
  const listed = lines.flatMap(([address, name]) => (name === node.name ? (owners.get(address ?? '') ?? []) : []));
  const inKernel = rankIn(ends);
  const rank = (end: FoundEnd): number => {
    const number = /^eth(\d+)$/.exec(end.name)?.[1];
    return number === undefined ? inKernel(end) : Number(number);
  };
  const [onNetworks, onCables] = [true, false].map((isNetwork) =>
    ends.filter(({ segment }) => (segment.network !== undefined) === isNetwork),
  );
  return [onNetworks!, onCables!].flatMap((group) => merge(group, [[...new Set(listed)]], rank));
}

/** Sorts the ends of a cable: the end with the lower address first, as `planAddresses` assigns them. */
export function orderCable(ends: readonly FoundEnd[], positions: ReadonlyMap<FoundNode, number>): FoundEnd[] {
  const [a, b] = ends as [FoundEnd, FoundEnd];
  const inOrder = positions.get(a.node)! <= positions.get(b.node)!;
  const [first, second] = [a, b].map(({ addresses }) => addresses[0]);
  const isSorted =
    first === undefined || second === undefined || familyOf(first) !== familyOf(second)
      ? inOrder
      : compareAddresses(addressOf(first), addressOf(second)) < 0;
  return isSorted ? [a, b] : [b, a];
}

/** The addresses of an interface that a topology can express, in the order of the node's hosts file. */
export function addressesOf(node: FoundNode, { addresses }: LinkState): Cidr[] {
  const lines = hostsLines(node.state.files['hosts']).filter(([, name]) => name === node.name);
  const rank = rankIn(lines.map(([address]) => address ?? ''));
  return addresses
    .filter(({ scope }) => scope !== 'link')
    .map(({ address }) => address)
    .filter((address) => specialInOwnNetwork(address) === undefined)
    .toSorted((a, b) => familyOf(a) - familyOf(b) || rank(addressOf(a)) - rank(addressOf(b)));
}

const linesOf = new Map<string, readonly string[][]>();

/** The words of each line. Caches the last text, which most nodes share. */
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
