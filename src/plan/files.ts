import type { NamespaceName, NetworkState } from '../model/index.ts';
import { same } from './compare.ts';
import type { Operation } from './operation.ts';

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
export function planFiles(ops: Operation[], wanted: NetworkState, actual: NetworkState): void {
  const texts = new Map<Files, string>();
  const groups = new Map<string, Map<Files, Group>>();
  for (const [namespace, { files }] of Object.entries(wanted.namespaces)) {
    const now = actual.namespaces[namespace]?.files ?? NONE;
    // Nodes that see the same have the same object, as compiled and as observed: what is long is looked at once.
    let key = texts.get(files);
    if (key === undefined) texts.set(files, (key = JSON.stringify(files)));
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
