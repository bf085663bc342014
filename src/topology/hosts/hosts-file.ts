import { addressOf } from '../../addr/index.ts';
import type { ModelInterface, Segment, WiredNode } from '../wiring/index.ts';
import type { HostsModel, HostsNode, NamedHost } from './model.ts';

/** The first lines of every hosts file. */
export const LOCALHOST = '127.0.0.1 localhost\n::1 localhost ip6-localhost\n';

/** The comment before the names of the node's own key `hosts`. */
export const OWN_NAMES = "# Names of this node's own\n";

/** A hosts file. Nodes with the same text share one object. */
export interface HostsFile {
  readonly text: string;
}

/** The lines of one interface of a node with several interfaces: a slice of the common text. */
interface InterfaceLines {
  /** The lines of all interfaces of the node. */
  readonly node: InterfaceLines[];
  readonly start: number;
  readonly end: number;
}

/**
 * Returns the `/etc/hosts` of each node: the names of all nodes. If a node has several addresses, those on a network
 * that the reading node is on come first.
 *
 * The lab's own namespace gets the common text, in the order of the topology. Nodes with the same text share an object.
 * Other texts consist of slices of the common text in another order, so that a thousand nodes, each with a cable to one
 * router, do not need a thousand copies.
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

/** The lines of a name of the node's own key `hosts`. Addresses of nodes on a shared network come first. */
function ownLines({ name, nodes, addresses }: NamedHost, viewer: WiredNode): string {
  const shared = new Set(viewer.interfaces.map(({ segment }) => segment));
  const isNear = ({ segment }: ModelInterface): boolean => shared.has(segment);
  const ends = nodes.flatMap(({ interfaces }) => interfaces.toSorted((a, b) => Number(isNear(b)) - Number(isNear(a))));
  return [...ends.flatMap((end) => end.addresses.map(addressOf)), ...addresses].map((ip) => `${ip} ${name}\n`).join('');
}

/** The file without the names of the node's own key `hosts`. */
function sharedFiles({ lab, nodes, hosts }: HostsModel): (node: WiredNode | undefined) => HostsFile {
  const aliases = new Map<WiredNode, string>();
  for (const host of hosts) for (const node of host.nodes) aliases.set(node, `${aliases.get(node) ?? ''} ${host.name}`);
  let common = LOCALHOST;
  /** On each segment, the lines whose order depends on the reading node. */
  const linesOn = new Map<Segment, InterfaceLines[]>();
  for (const node of nodes) {
    const own: InterfaceLines[] = [];
    const names = `${node.name} ${node.name}.${lab}${aliases.get(node) ?? ''}`;
    for (const { segment, addresses } of node.interfaces) {
      const start = common.length;
      for (const address of addresses) common += `${addressOf(address)} ${names}\n`;
      if (addresses.length === 0 || node.interfaces.length === 1) continue;
      const lines: InterfaceLines = { node: own, start, end: common.length };
      own.push(lines);
      const present = linesOn.get(segment);
      if (present === undefined) linesOn.set(segment, [lines]);
      else present.push(lines);
    }
  }

  for (const { name, addresses } of hosts) for (const ip of addresses) common += `${ip} ${name}\n`;

  const all: HostsFile = { text: common };
  const views = new Map<string, HostsFile>();
  return (viewer) => {
    const near = (viewer?.interfaces ?? []).map(({ segment }) => segment).filter((segment) => linesOn.has(segment));
    if (near.length === 0) return all;
    const key = near
      .map(({ index }) => index)
      .toSorted((a, b) => a - b)
      .join();
    let view = views.get(key);
    if (view === undefined) {
      view = { text: reordered(common, new Set(near.flatMap((segment) => linesOn.get(segment)!))) };
      views.set(key, view);
    }
    return view;
  };
}

/** The common text, with the lines in `near` moved before the other lines of their node. */
function reordered(common: string, near: ReadonlySet<InterfaceLines>): string {
  const sorted = [...near].toSorted((a, b) => a.start - b.start);
  let view = '';
  let done = 0;
  for (let i = 0; i < sorted.length;) {
    const { node } = sorted[i]!;
    const first = i;
    while (i < sorted.length && sorted[i]!.node === node) i++;
    const moved = sorted.slice(first, i);
    const start = node[0]!.start;
    view += common.slice(done, start);
    for (const lines of moved) view += common.slice(lines.start, lines.end);
    done = start;
    for (const lines of moved) {
      view += common.slice(done, lines.start);
      done = lines.end;
    }
  }
  return view + common.slice(done);
}
