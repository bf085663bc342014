/** What a NetworkState knows a namespace by: its name under /run/netns, or {@link HOST}. */
export type NamespaceName = string;

/** The key of the namespace Netwright itself runs in: the host's. Its state holds only what is ours. */
export const HOST = '';

/** Which namespace of a lab. */
export interface NamespaceIdentity {
  readonly lab: string;
  /** The node the namespace is, or absent for the lab's own namespace, which holds its bridges. */
  readonly node?: string;
}

/** The name of a lab's namespace: `LAB`, or `LAB.NODE`. */
export const namespaceName = ({ lab, node }: NamespaceIdentity): NamespaceName =>
  node === undefined ? lab : `${lab}.${node}`;

/** Which namespace has a name: {@link namespaceName} backwards. {@link HOST} is of no lab, and its lab is empty. */
export function parseNamespaceName(name: NamespaceName): NamespaceIdentity {
  // Labs' names have no dots.
  const dot = name.indexOf('.');
  return dot < 0 ? { lab: name } : { lab: name.slice(0, dot), node: name.slice(dot + 1) };
}

/** The node that a namespace is; undefined of a lab's own namespace and of {@link HOST}. */
export const nodeOf = (namespace: NamespaceName): string | undefined => parseNamespaceName(namespace).node;
