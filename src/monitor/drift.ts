import { HOST, type NamespaceName } from '../state/index.ts';
import type { LinkChange, Operation } from '../plan/index.ts';

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

export interface Account {
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
  update(operations: readonly Operation[]): Account {
    const now = new Map<string, Difference>();
    const fresh: Difference[][] = [];
    for (const operation of operations) {
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
      fresh: fresh.flatMap((parts) => whole(parts)),
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
function differences(operation: Operation): Difference[] {
  switch (operation.op) {
    case 'change-link': {
      const { namespace, name, change } = operation;
      return Object.keys(change).map((member) => {
        const part = { [member]: change[member as keyof LinkChange] } as LinkChange;
        return one({ ...operation, change: part }, [namespace], `link ${name} ${member}`, [`${namespace} ${name}`]);
      });
    }
    case 'set-files':
      return operation.namespaces.map((namespace) =>
        one({ ...operation, namespaces: [namespace] }, [namespace], 'files'),
      );
    case 'create-link': {
      const { namespace, name, peer } = operation;
      const far = peer === undefined ? [] : [`${peer.namespace} ${peer.name}`];
      return [one(operation, [namespace], `link ${name}`, [`${namespace} ${name}`, ...far])];
    }
    case 'delete-link':
      return [
        one(operation, [operation.namespace], `link ${operation.name}`, [`${operation.namespace} ${operation.name}`]),
      ];
    case 'add-address':
    case 'delete-address': {
      const { namespace, link, address } = operation;
      return [one(operation, [namespace], `address ${link} ${address.address}`, [`${namespace} ${link}`])];
    }
    case 'add-route':
    case 'delete-route': {
      const { destination, table = '', metric = '', device } = operation.route;
      const links = device === undefined ? [] : [`${operation.namespace} ${device}`];
      return [one(operation, [operation.namespace], `route ${destination} ${table} ${metric}`, links)];
    }
    case 'add-rule':
    case 'delete-rule':
      return [one(operation, [operation.namespace], `rule ${operation.rule.family} ${operation.rule.priority}`)];
    case 'add-neighbour':
    case 'delete-neighbour':
      return [one(operation, [operation.namespace], `neighbour ${operation.neighbour.address}`)];
    case 'set-sysctl':
      return [one(operation, [operation.namespace], `sysctl ${operation.key}`)];
    case 'add-table':
    case 'delete-table':
      return [one(operation, [operation.namespace], `table ${operation.table.family} ${operation.table.name}`)];
    case 'start-service':
    case 'await-service':
    case 'stop-service':
      return [one(operation, [operation.namespace], `service ${operation.name}`)];
    case 'change-elements': {
      const { table, name } = operation;
      return [one(operation, [operation.namespace], `set ${name} of table ${table.family} ${table.name}`)];
    }
    case 'create-namespace':
    case 'delete-namespace':
      return [one(operation, [operation.namespace], 'namespace')];
  }
}

const one = (
  operation: Operation,
  namespaces: readonly NamespaceName[],
  subject: string,
  links: readonly string[] = [],
): Difference => ({ key: JSON.stringify(operation), operation, namespaces, subject, links });

/** Whether what `old` was about is part of what `other` is about. */
function supersedes(other: Difference, old: Difference): boolean {
  const { op } = other.operation;
  if (op === 'create-link' || op === 'delete-link') {
    if (old.links.some((link) => other.links.includes(link))) return true;
  }
  if (!old.namespaces.some((namespace) => other.namespaces.includes(namespace))) return false;
  return op === 'create-namespace' || op === 'delete-namespace' || other.subject === old.subject;
}

/** The parts of one operation as one operation again. */
function whole(parts: readonly Difference[]): Operation[] {
  const [first, ...more] = parts.map(({ operation }) => operation);
  if (first === undefined) return [];
  if (more.length === 0) return [first];
  if (first.op === 'change-link') {
    const changes = parts.map(({ operation }) => (operation as typeof first).change);
    return [{ ...first, change: Object.assign({}, ...changes) as LinkChange }];
  }
  if (first.op === 'set-files') return [{ ...first, namespaces: parts.flatMap(({ namespaces }) => namespaces) }];
  return [first, ...more];
}

/** Whether an operation changes the host itself. */
export const changesHost = (operation: Operation): boolean =>
  operation.op !== 'set-files' && operation.namespace === HOST;
