import {
  DIGITS,
  NAME,
  NETWORK_NAME_MAX,
  NODE_NAME_MAX,
  RESERVED_NETWORKS,
  RESERVED_NODES,
  type Notes,
} from '../../format/index.ts';

/** Names that a topology can have, one for each that something has. */
export class Names {
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
