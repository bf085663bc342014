import {
  DIGITS,
  NAME,
  NETWORK_NAME_MAX,
  NODE_NAME_MAX,
  RESERVED_NETWORKS,
  RESERVED_NODES,
  type Notes,
} from '../../format/index.ts';

/** Makes names that are valid in a topology, and unique. Notes those that differ from the original. */
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
    const sanitized = name
      .toLowerCase()
      .replace(/[^a-z0-9-]+/g, '-')
      .replace(/^-+/, '')
      .slice(0, max - 3);
    const isValid = NAME.test(name) && !DIGITS.test(name) && name.length <= max;
    const wanted = isValid ? name : DIGITS.test(sanitized) || sanitized === '' ? `n${sanitized}` : sanitized;
    let unique = wanted;
    for (let i = 2; taken.has(unique); i++) unique = `${wanted}-${i}`;
    taken.add(unique);
    if (unique !== name) this.#notes.add([kind, unique], `called ${name}`);
    return unique;
  }
}
