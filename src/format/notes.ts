/** A remark about something that a topology file cannot express. */
export interface Note {
  /** The path in the topology, such as `networks`, `lan`; empty for the whole topology. */
  readonly path: readonly string[];
  readonly text: string;
}

export class Notes {
  readonly list: Note[] = [];

  add(path: readonly string[], text: string): void {
    this.list.push({ path, text });
  }
}
