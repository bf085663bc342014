import { HOST, nodeOf, type NamespaceName } from '../state/index.ts';

/** A namespace in words: `web` for a node, `lab shop` for the namespace of a lab's switches, or `the host`. */
export function place(namespace: NamespaceName): string {
  if (namespace === HOST) return 'the host';
  return nodeOf(namespace) ?? `lab ${namespace}`;
}

/** `of web`, `on the host`. */
export const at = (namespace: NamespaceName): string => (namespace === HOST ? 'on the host' : `of ${place(namespace)}`);
