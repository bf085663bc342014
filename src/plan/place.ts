import { HOST, type NamespaceName } from '../state/index.ts';

/** A namespace in words: `web`, which is a node; `lab shop`, which has the switches; or `the host`. */
export function place(namespace: NamespaceName): string {
  if (namespace === HOST) return 'the host';
  return nodeOf(namespace) ?? `lab ${namespace}`;
}

/** The node that a namespace is: neither labs' names nor nodes' have dots. */
export function nodeOf(namespace: NamespaceName): string | undefined {
  const dot = namespace.indexOf('.');
  return dot < 0 ? undefined : namespace.slice(dot + 1);
}

/** `of web`, `on the host`. */
export const at = (namespace: NamespaceName): string => (namespace === HOST ? 'on the host' : `of ${place(namespace)}`);
