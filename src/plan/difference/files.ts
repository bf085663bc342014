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
 * Plans one operation for all namespaces whose files change in the same way. When a lab of a thousand nodes gets
 * another, all get its name, and the files that they share are written once.
 */
export function planFiles(ops: Operation[], wanted: NetworkState, actual: ObservedState): void {
  const texts: Texts = new Map();
  const groups = new Map<Texts, Map<Files, Group>>();
  for (const [namespace, { files }] of Object.entries(wanted.namespaces)) {
    const now = actual.namespaces[namespace]?.files ?? NONE;
    // Nodes with the same files have the same text and, as observed, the same object, which is the key of the inner
    // map.
    const key = nodeFor(texts, files);
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

/** A trie of files by name and text, one level for each. It avoids concatenating long texts to a key. */
interface Texts extends Map<string, Texts> {}

function nodeFor(texts: Texts, files: Files): Texts {
  let node = texts;
  for (const text of Object.entries(files).flat()) {
    let next = node.get(text);
    if (next === undefined) node.set(text, (next = new Map()));
    node = next;
  }
  return node;
}
