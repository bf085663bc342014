import { TopologyError, type Path, type Position, type TopologyIssue } from './error.ts';

/** The file of a topology, and the positions of its values. */
export interface Source {
  readonly file: string;
  /** The position of the value at `path`, or of its key; that of the nearest parent if it does not exist. */
  locate(path: Path, at: 'key' | 'value'): Position | undefined;
}

/** Collects the errors of a topology, so that a user sees all of them at once. */
export class Issues {
  readonly #source: Source | undefined;
  readonly #issues: TopologyIssue[] = [];

  constructor(source: Source | undefined) {
    this.#source = source;
  }

  add(path: Path, message: string, at: 'key' | 'value' = 'value'): void {
    this.#issues.push({ message, path: path.join('.'), ...this.#source?.locate(path, at) });
  }

  /** Returns the message of a warning about the value at `path`, with its position. */
  locate(path: Path, message: string): string {
    const position = this.#source?.locate(path, 'value');
    if (this.#source === undefined) return `${path.join('.')}: ${message}`;
    if (position === undefined) return `${this.#source.file}: ${message}`;
    return `${this.#source.file}:${position.line}:${position.column}: ${message}`;
  }

  /** @throws TopologyError if there are issues */
  throwIfAny(): void {
    if (this.#issues.length === 0) return;
    const sorted = this.#issues.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
    throw new TopologyError(sorted, this.#source?.file);
  }
}
