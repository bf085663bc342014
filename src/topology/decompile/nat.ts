import { isDeepStrictEqual } from 'node:util';
import type { Model, ModelNode } from '../model.ts';
import { readNat, type FoundNat } from '../nat/read.ts';
import { defaultSides } from '../nat/resolve.ts';
import { NAT_TABLE } from '../nat/table.ts';
import { shortForm } from '../nat/write.ts';
import type { NodeInput, TopologyInput } from '../schema.ts';
import type { Node } from './shape.ts';

const KEY = `inet ${NAT_TABLE}`;

/** What nodes are told by `nat`. */
export class NatWords {
  readonly #found = new Map<string, FoundNat>();

  constructor(nodes: readonly Node[]) {
    for (const { name, state } of nodes) {
      const table = state.tables[KEY];
      const nat = table === undefined ? undefined : readNat(table);
      if (nat !== undefined) this.#found.set(name, nat);
    }
  }

  of(node: Node): FoundNat | undefined {
    return this.#found.get(node.name);
  }

  /** Whether a table is said by `nat`. */
  says(node: Node, table: string): boolean {
    return table === KEY && this.#found.has(node.name);
  }

  /** The topology with it. @param model what it is without: inside and outside are said where they do not follow */
  into<T extends TopologyInput>(topology: T, model: Model): T {
    if (this.#found.size === 0) return topology;
    const nodes = Object.entries(topology.nodes ?? {}).map(([name, node]): [string, NodeInput | null] => {
      const nat = this.#found.get(name);
      return [
        name,
        nat === undefined ? node : { ...node, nat: shortForm(nat, sides(nat, model.nodeByName.get(name)!)) },
      ];
    });
    return { ...topology, nodes: Object.fromEntries(nodes) };
  }
}

function sides(nat: FoundNat, node: ModelNode): { inside?: string | string[]; outside?: string } {
  const usual = defaultSides(node);
  const word = (name: string): string => node.interfaces.find((end) => end.name === name)?.segment.network ?? name;
  const inside = nat.inside.map(word);
  const [only] = inside;
  return {
    ...(!isDeepStrictEqual(usual?.inside.toSorted(), nat.inside.toSorted()) && {
      inside: inside.length === 1 ? only! : inside,
    }),
    ...(usual?.outside !== nat.outside && { outside: word(nat.outside) }),
  };
}
