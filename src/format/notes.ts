/** Something of a network that a topology does not say. */
export interface Note {
  /** What of the topology it is about, as `networks`, `lan`; empty for all of it. */
  readonly path: readonly string[];
  readonly text: string;
}

export class Notes {
  readonly list: Note[] = [];

  add(path: readonly string[], text: string): void {
    this.list.push({ path, text });
  }
}
