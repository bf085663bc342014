import { HOST, nodeOf, type NamespaceName } from '../state/index.ts';

/** A namespace in words: `web`, which is a node; `lab shop`, which has the switches; or `the host`. */
export function place(namespace: NamespaceName): string {
  if (namespace === HOST) return 'the host';
  return nodeOf(namespace) ?? `lab ${namespace}`;
}

/** `of web`, `on the host`. */
export const at = (namespace: NamespaceName): string => (namespace === HOST ? 'on the host' : `of ${place(namespace)}`);
