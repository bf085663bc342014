import type { NamespaceName, NetworkState, ObservedState } from '../../state/index.ts';
import { same } from './compare.ts';
import type { Operation } from '../operation/index.ts';

type Files = Readonly<Record<string, string>>;

const NONE: Files = {};

interface Group {
  readonly files: Files;
  readonly namespaces: NamespaceName[];
  readonly changed: boolean;
}

/**
 * One step for all namespaces whose files change alike: when a lab of a thousand nodes gets another, they all learn its
 * name, and what they share is written once.
 */
export function planFiles(ops: Operation[], wanted: NetworkState, actual: ObservedState): void {
  const texts: Texts = new Map();
  const groups = new Map<Texts, Map<Files, Group>>();
  for (const [namespace, { files }] of Object.entries(wanted.namespaces)) {
    const now = actual.namespaces[namespace]?.files ?? NONE;
    // Nodes that see the same have the same text and, as observed, the same object: found by their addresses.
    const key = found(texts, files);
    let byActual = groups.get(key);
    if (byActual === undefined) groups.set(key, (byActual = new Map<Files, Group>()));
    let group = byActual.get(now);
    if (group === undefined) byActual.set(now, (group = { files, namespaces: [], changed: !same(files, now) }));
    group.namespaces.push(namespace);
  }
  for (const byActual of groups.values()) {
    for (const { files, namespaces, changed } of byActual.values())
      if (changed) ops.push({ op: 'set-files', namespaces, files });
  }
}

/** Files by their names and texts, one level each: what is long is not copied to make a key of it. */
interface Texts extends Map<string, Texts> {}

function found(texts: Texts, files: Files): Texts {
  let at = texts;
  for (const text of Object.entries(files).flat()) {
    let next = at.get(text);
    if (next === undefined) at.set(text, (next = new Map()));
    at = next;
  }
  return at;
}
