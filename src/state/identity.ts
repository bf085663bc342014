/** A name under /run/netns, or {@link HOST}. */
export type NamespaceName = string;

/** The key of the namespace Netwright itself runs in: the host's. Its state holds only what is ours. */
export const HOST = '';

/** Whose a namespace is. */
export interface Owner {
  readonly lab: string;
  /** The node the namespace is, or absent for the lab's own namespace, which holds its bridges. */
  readonly node?: string;
}
