import { addressOf } from '../../addr/index.ts';
import type { ModelInterface, Segment, WiredNode } from '../wiring/index.ts';
import type { HostsModel, HostsNode, NamedHost } from './model.ts';

/** The first lines of every file. */
export const LOCALHOST = '127.0.0.1 localhost\n::1 localhost ip6-localhost\n';

/** What stands before the names that a node alone knows. */
export const OWN_NAMES = "# Names of this node's own\n";

/** One object for all nodes that see the same. */
export interface HostsFile {
  readonly text: string;
}

/** The lines of one interface of a node that has several, within the text for everyone. */
interface Side {
  readonly node: Side[];
  readonly start: number;
  readonly end: number;
}

/**
 * What each node's `/etc/hosts` says: every node by name, a node with several addresses by those first that are on a
 * network shared with whoever looks.
 *
 * The lab's own namespace sees the text for everyone. Nodes that see the same share one object. Views that differ are
 * slices of the text for everyone in another order, so that a thousand nodes, each on a cable of its own to one router, do
 * not make a thousand copies.
 */
export function hostsFiles(model: HostsModel): (node: HostsNode | undefined) => HostsFile {
  const shared = sharedFiles(model);
  return (node) => {
    const file = shared(node);
    return node === undefined || node.hosts.length === 0
      ? file
      : { text: `${file.text}${OWN_NAMES}${node.hosts.map((host) => ownLines(host, node)).join('')}` };
  };
}

/** The lines of a name that one node alone knows: of nodes, those on a network shared with it first. */
function ownLines({ name, nodes, addresses }: NamedHost, viewer: WiredNode): string {
  const shared = new Set(viewer.interfaces.map(({ segment }) => segment));
  const isNear = ({ segment }: ModelInterface): boolean => shared.has(segment);
  const ends = nodes.flatMap(({ interfaces }) => interfaces.toSorted((a, b) => Number(isNear(b)) - Number(isNear(a))));
  return [...ends.flatMap((end) => end.addresses.map(addressOf)), ...addresses].map((ip) => `${ip} ${name}\n`).join('');
}

/** The file without names that one node alone knows. */
function sharedFiles({ lab, nodes, hosts }: HostsModel): (node: WiredNode | undefined) => HostsFile {
  const aliases = new Map<WiredNode, string>();
  for (const host of hosts) for (const node of host.nodes) aliases.set(node, `${aliases.get(node) ?? ''} ${host.name}`);
  let everyone = LOCALHOST;
  /** On each segment, those whose lines stand in an order that depends on who looks. */
  const sides = new Map<Segment, Side[]>();
  for (const node of nodes) {
    const own: Side[] = [];
    const names = `${node.name} ${node.name}.${lab}${aliases.get(node) ?? ''}`;
    for (const { segment, addresses } of node.interfaces) {
      const start = everyone.length;
      for (const address of addresses) everyone += `${addressOf(address)} ${names}\n`;
      if (addresses.length === 0 || node.interfaces.length === 1) continue;
      const side: Side = { node: own, start, end: everyone.length };
      own.push(side);
      const present = sides.get(segment);
      if (present === undefined) sides.set(segment, [side]);
      else present.push(side);
    }
  }

  for (const { name, addresses } of hosts) for (const ip of addresses) everyone += `${ip} ${name}\n`;

  const all: HostsFile = { text: everyone };
  const views = new Map<string, HostsFile>();
  return (viewer) => {
    const near = (viewer?.interfaces ?? []).map(({ segment }) => segment).filter((segment) => sides.has(segment));
    if (near.length === 0) return all;
    const key = near
      .map(({ index }) => index)
      .toSorted((a, b) => a - b)
      .join();
    let view = views.get(key);
    if (view === undefined) {
      view = { text: reordered(everyone, new Set(near.flatMap((segment) => sides.get(segment)!))) };
      views.set(key, view);
    }
    return view;
  };
}

/** The text with the lines of the sides that are near moved to the beginning of their node's. */
function reordered(everyone: string, near: ReadonlySet<Side>): string {
  const sorted = [...near].toSorted((a, b) => a.start - b.start);
  let view = '';
  let done = 0;
  for (let i = 0; i < sorted.length;) {
    const { node } = sorted[i]!;
    const first = i;
    while (i < sorted.length && sorted[i]!.node === node) i++;
    const moved = sorted.slice(first, i);
    const start = node[0]!.start;
    view += everyone.slice(done, start);
    for (const side of moved) view += everyone.slice(side.start, side.end);
    done = start;
    for (const side of moved) {
      view += everyone.slice(done, side.start);
      done = side.end;
    }
  }
  return view + everyone.slice(done);
}
