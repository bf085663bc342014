/** Sockets that several probes use at the same time: opened for the first, closed after the last. */
export class Shared {
  readonly #entries = new Map<string, { readonly value: { close(): void }; users: number }>();

  /** How many are open. */
  get size(): number {
    return this.#entries.size;
  }

  /** `key` must be unique for the class and its parameters. */
  acquire<T extends { close(): void }>(key: string, make: () => T): T {
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { value: make(), users: 0 };
      this.#entries.set(key, entry);
    }
    entry.users++;
    return entry.value as T;
  }

  release(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined || --entry.users > 0) return;
    this.#entries.delete(key);
    entry.value.close();
  }
}
