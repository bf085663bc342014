import { addressOf, familyOf, hostRange, ipToBigInt, networkOf, type Cidr, type Ip } from '../../addr/index.ts';
import { naturalOrder, merge, rankIn } from '../../base/index.ts';
import type { LinkState, NamespaceName } from '../../state/index.ts';
import { UPLINK } from '../names.ts';
import { BEFORE_NODES } from '../uplink/index.ts';
import { specialInOwnNetwork } from '../wiring/index.ts';
import type { FoundEnd, FoundNode } from './model.ts';

/**
 * The order of the topology, which the nodes' hosts files follow, and the addresses of their uplinks; other nodes stand
 * where they were plugged in.
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
  const plugged = new Map<NamespaceName, number>();
  for (const { peer } of switchLinks)
    if (peer !== undefined && !plugged.has(peer.namespace)) plugged.set(peer.namespace, plugged.size);
  const byText = nodes.toSorted((a, b) => naturalOrder(a.name, b.name));
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
function counted(
  order: readonly FoundNode[],
  uplinks: readonly FoundNode[],
  known: ReadonlySet<FoundNode>,
): FoundNode[] {
  const nodes = [...order];
  const counting = new Set(uplinks);
  for (const node of uplinks) {
    const address = globalAddressOf(node.state.links[UPLINK])!;
    const wanted = Number(ipToBigInt(addressOf(address)) - hostRange(networkOf(address)).first) - BEFORE_NODES;
    /** One that may come to the other side of the node; the nearest of those that stand in order, if any. */
    const choose = (others: readonly FoundNode[]): FoundNode | undefined => {
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
export function orderEnds(node: FoundNode, ends: readonly FoundEnd[]): FoundEnd[] {
  const owners = new Map(ends.flatMap((end) => end.addresses.map((address) => [String(addressOf(address)), end])));
  const lines = hostsLines(node.state.files['hosts']);
  const listed = lines.flatMap(([address, name]) => (name === node.name ? (owners.get(address ?? '') ?? []) : []));
  const inKernel = rankIn(ends);
  const rank = (end: FoundEnd): number => {
    const number = /^eth(\d+)$/.exec(end.name)?.[1];
    return number === undefined ? inKernel(end) : Number(number);
  };
  const [plugged, cabled] = [true, false].map((isPlugged) =>
    ends.filter(({ segment }) => (segment.network !== undefined) === isPlugged),
  );
  return [plugged!, cabled!].flatMap((some) => merge(some, [[...new Set(listed)]], rank));
}

/** The end with the lower address first, as addresses are given out. */
export function orderCable(ends: readonly FoundEnd[], positions: ReadonlyMap<FoundNode, number>): FoundEnd[] {
  const [a, b] = ends as [FoundEnd, FoundEnd];
  const inOrder = positions.get(a.node)! <= positions.get(b.node)!;
  const [one, other] = [a, b].map(({ addresses }) => addresses[0]);
  const first =
    one === undefined || other === undefined || familyOf(one) !== familyOf(other)
      ? inOrder
      : compareAddresses(addressOf(one), addressOf(other)) < 0;
  return first ? [a, b] : [b, a];
}

/** The interface's addresses that a topology can give it, in the order in which the node's own hosts file has them. */
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
