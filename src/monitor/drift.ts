import type { NamespaceName } from '../state/index.ts';
import {
  isAuxiliary,
  coverageOf,
  joinOperations,
  linksOf,
  namespacesOf,
  splitOperation,
  subjectOf,
  type Operation,
} from '../plan/index.ts';

/** A single difference: an operation of a plan, or a part of one. */
interface Difference {
  /** Equal for the same difference in different plans. */
  readonly key: string;
  readonly operation: Operation;
  /** The object that differs. */
  readonly subject: string;
  readonly links: readonly string[];
  readonly namespaces: readonly NamespaceName[];
}

export interface DriftChange {
  /** Operations that would repair new differences, in the order of the plan. */
  readonly fresh: readonly Operation[];
  /** Operations of earlier plans that are no longer needed, since another process repaired the difference. */
  readonly mended: readonly Operation[];
}

/**
 * Keeps the known differences of a lab, so that each is reported once, and once more when it is repaired. Pure.
 *
 * A larger difference can replace a smaller one: an interface that had the wrong MTU and was then deleted is not
 * repaired.
 */
export class DriftTracker {
  #known = new Map<string, Difference>();

  /** Compares a new plan with the known differences. */
  update(operations: readonly Operation[]): DriftChange {
    const current = new Map<string, Difference>();
    const fresh: Difference[][] = [];
    for (const operation of operations) {
      if (isAuxiliary(operation)) continue;
      const parts = differences(operation);
      for (const part of parts) current.set(part.key, part);
      fresh.push(parts.filter(({ key }) => !this.#known.has(key)));
    }
    const added = fresh.flat();
    const mended = [...this.#known.values()].filter(
      (old) => !current.has(old.key) && !added.some((difference) => supersedes(difference, old)),
    );
    this.#known = current;
    return {
      fresh: fresh.flatMap((parts) => joinOperations(parts.map(({ operation }) => operation))),
      mended: mended.map(({ operation }) => operation),
    };
  }

  /**
   * Removes the differences that executed operations repaired, and those that they cover: another process did not
   * repair a link that disappeared with its veth peer and was created again.
   */
  settle(operations: readonly Operation[]): void {
    const done = operations.flatMap(differences);
    for (const [key, old] of this.#known) {
      if (done.some((difference) => difference.key === key || supersedes(difference, old))) this.#known.delete(key);
    }
  }
}

/** The parts of an operation that appear and disappear independently. */
const differences = (operation: Operation): Difference[] =>
  splitOperation(operation).map((part) => ({
    key: JSON.stringify(part),
    operation: part,
    subject: subjectOf(part),
    namespaces: namespacesOf(part),
    links: linksOf(part),
  }));

/** Whether the object of `newer` contains that of `old`, or is the same. */
function supersedes(newer: Difference, old: Difference): boolean {
  const covers = coverageOf(newer.operation);
  if (covers === 'links' && old.links.some((link) => newer.links.includes(link))) return true;
  if (!old.namespaces.some((namespace) => newer.namespaces.includes(namespace))) return false;
  return covers === 'namespace' || newer.subject === old.subject;
}
