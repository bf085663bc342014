import { addressOf } from '../addr/index.ts';
import type { Model, ModelNode, Segment } from './model.ts';

const LOCALHOST = '127.0.0.1 localhost\n::1 localhost ip6-localhost\n';

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
 * The lab's own namespace sees the text for everyone. Nodes that see the same share one object. Views that differ are slices of the text for everyone in another order, so
 * that a thousand nodes, each on a cable of its own to one router, do not make a thousand copies.
 */
export function hostsFiles({ lab, nodes }: Model): (node: ModelNode | undefined) => HostsFile {
  let everyone = LOCALHOST;
  /** On each segment, those whose lines stand in an order that depends on who looks. */
  const sides = new Map<Segment, Side[]>();
  for (const node of nodes) {
    const own: Side[] = [];
    for (const { segment, addresses } of node.interfaces) {
      const start = everyone.length;
      for (const address of addresses) everyone += `${addressOf(address)} ${node.name} ${node.name}.${lab}\n`;
      if (addresses.length === 0 || node.interfaces.length === 1) continue;
      const side: Side = { node: own, start, end: everyone.length };
      own.push(side);
      const present = sides.get(segment);
      if (present === undefined) sides.set(segment, [side]);
      else present.push(side);
    }
  }

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
