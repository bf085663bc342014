import type { NamespaceName } from '../state/index.ts';
import {
  attendsOthers,
  coverageOf,
  joinOperations,
  linksOf,
  namespacesOf,
  splitOperation,
  subjectOf,
  type Operation,
} from '../plan/index.ts';

/** One thing that differs: an operation of a plan, or the part of one that stands for a single difference. */
interface Difference {
  /** The same for the same difference, however often it is planned. */
  readonly key: string;
  readonly operation: Operation;
  /** What it is about. */
  readonly subject: string;
  readonly links: readonly string[];
  readonly namespaces: readonly NamespaceName[];
}

export interface DriftChange {
  /** Operations that would mend what was not known to differ, in the order of the plan. */
  readonly fresh: readonly Operation[];
  /** Operations that were wanted before, and that somebody has made needless. */
  readonly mended: readonly Operation[];
}

/**
 * What is known to differ, so that each difference is told once, and once more when it is gone. Pure.
 *
 * A difference may also give way to a larger one: an interface that had the wrong MTU and is gone now has not been mended.
 */
export class DriftTracker {
  #known = new Map<string, Difference>();

  /** Compares a new plan with what is known. */
  update(operations: readonly Operation[]): DriftChange {
    const now = new Map<string, Difference>();
    const fresh: Difference[][] = [];
    for (const operation of operations) {
      if (attendsOthers(operation)) continue;
      const parts = differences(operation);
      for (const part of parts) now.set(part.key, part);
      fresh.push(parts.filter(({ key }) => !this.#known.has(key)));
    }
    const news = fresh.flat();
    const mended = [...this.#known.values()].filter(
      (old) => !now.has(old.key) && !news.some((other) => supersedes(other, old)),
    );
    this.#known = now;
    return {
      fresh: fresh.flatMap((parts) => joinOperations(parts.map(({ operation }) => operation))),
      mended: mended.map(({ operation }) => operation),
    };
  }

  /**
   * Takes what has been carried out off the list, with what it stands for: it is not somebody else's mending when a link
   * that was to be deleted went with its other end, and has been made anew.
   */
  settle(operations: readonly Operation[]): void {
    const done = operations.flatMap(differences);
    for (const [key, old] of this.#known) {
      if (done.some((other) => other.key === key || supersedes(other, old))) this.#known.delete(key);
    }
  }
}

/** An operation in parts that come and go independently. */
const differences = (operation: Operation): Difference[] =>
  splitOperation(operation).map((part) => ({
    key: JSON.stringify(part),
    operation: part,
    subject: subjectOf(part),
    namespaces: namespacesOf(part),
    links: linksOf(part),
  }));

/** Whether what `old` was about is part of what `other` is about. */
function supersedes(other: Difference, old: Difference): boolean {
  const covers = coverageOf(other.operation);
  if (covers === 'links' && old.links.some((link) => other.links.includes(link))) return true;
  if (!old.namespaces.some((namespace) => other.namespaces.includes(namespace))) return false;
  return covers === 'namespace' || other.subject === old.subject;
}
