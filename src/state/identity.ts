/** The key of a namespace in a NetworkState: its name under /run/netns, or {@link HOST}. */
export type NamespaceName = string;

/** The key of the host: the network namespace that Netwright runs in. Its state contains only objects of the lab. */
export const HOST = '';

/** The parts of the name of a lab's namespace. */
export interface NamespaceIdentity {
  readonly lab: string;
  /** The node; absent for the lab's own namespace, which contains its switches. */
  readonly node?: string;
}

/** The name of a lab's namespace: `LAB`, or `LAB.NODE`. */
export const namespaceName = ({ lab, node }: NamespaceIdentity): NamespaceName =>
  node === undefined ? lab : `${lab}.${node}`;

/** Parses the name of a namespace: the inverse of {@link namespaceName}. For {@link HOST}, the lab is empty. */
export function parseNamespaceName(name: NamespaceName): NamespaceIdentity {
  // Names of labs contain no dots.
  const dot = name.indexOf('.');
  return dot < 0 ? { lab: name } : { lab: name.slice(0, dot), node: name.slice(dot + 1) };
}

/** The node of a namespace; undefined for a lab's own namespace and for {@link HOST}. */
export const nodeOf = (namespace: NamespaceName): string | undefined => parseNamespaceName(namespace).node;
