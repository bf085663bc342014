/** Things that several probes use at the same time: made for the first, closed after the last. */
export class Shared {
  readonly #things = new Map<string, { readonly thing: { close(): void }; users: number }>();

  /** How many things there are. */
  get size(): number {
    return this.#things.size;
  }

  /** `key` says all that tells one thing from another, its class too. */
  acquire<T extends { close(): void }>(key: string, make: () => T): T {
    let entry = this.#things.get(key);
    if (entry === undefined) {
      entry = { thing: make(), users: 0 };
      this.#things.set(key, entry);
    }
    entry.users++;
    return entry.thing as T;
  }

  release(key: string): void {
    const entry = this.#things.get(key);
    if (entry === undefined || --entry.users > 0) return;
    this.#things.delete(key);
    entry.thing.close();
  }
}
