import { isDeepStrictEqual } from 'node:util';
import { NAT_TABLE, readNat, type FoundNat } from '../../nat/index.ts';
import type { FoundNode } from '../layout/index.ts';
import { defaultSides, type NatNode } from './resolve.ts';
import type { NatInput } from './schema.ts';
import { shortForm } from './short-form.ts';

const KEY = `inet ${NAT_TABLE}`;

/** The NATs of nodes, as values of the key `nat`. */
export class NatReadBack {
  readonly #found = new Map<string, FoundNat>();

  constructor(nodes: readonly FoundNode[]) {
    for (const { name, state } of nodes) {
      const table = state.tables[KEY];
      const nat = table === undefined ? undefined : readNat(table);
      if (nat !== undefined) this.#found.set(name, nat);
    }
  }

  of(node: FoundNode): FoundNat | undefined {
    return this.#found.get(node.name);
  }

  /**
   * The key `nat` of each node that has a NAT.
   * @param nodes the nodes without `nat`: `inside` and `outside` are written if these do not imply them
   */
  keys(nodes: ReadonlyMap<string, NatNode>): ReadonlyMap<string, { readonly nat: NatInput }> {
    return new Map(
      [...this.#found].map(([name, nat]) => [name, { nat: shortForm(nat, sides(nat, nodes.get(name)!)) }]),
    );
  }
}

function sides(nat: FoundNat, node: NatNode): { inside?: string | string[]; outside?: string } {
  const defaults = defaultSides(node);
  const nameOf = (name: string): string => node.interfaces.find((end) => end.name === name)?.segment.network ?? name;
  const inside = nat.inside.map(nameOf);
  const [only] = inside;
  return {
    ...(!isDeepStrictEqual(defaults?.inside.toSorted(), nat.inside.toSorted()) && {
      inside: inside.length === 1 ? only! : inside,
    }),
    ...(defaults?.outside !== nat.outside && { outside: nameOf(nat.outside) }),
  };
}
