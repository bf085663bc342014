import type { LinkReference, LinkState, NamespaceName, NamespaceState } from '../../state/index.ts';

type Links = NamespaceState['links'];

/** A reference with its namespace. @param namespace of the link that has the reference */
const locate = (reference: LinkReference, namespace: NamespaceName): Required<LinkReference> => ({
  name: reference.name,
  namespace: reference.namespace ?? namespace,
});

/** A namespace's links that have a lower link, each after its own lower link and its master. */
export function sortedUppers(links: Links): string[] {
  const order = new Set<string>();
  const add = (name: string | undefined, trail: readonly string[]): void => {
    const link = name === undefined ? undefined : links[name];
    if (link?.lower === undefined || order.has(name!)) return;
    if (trail.includes(name!)) throw new TypeError(`link ${name} is its own lower link`);
    add(link.master, [...trail, name!]);
    if (link.lower.namespace === undefined) add(link.lower.name, [...trail, name!]);
    order.add(name!);
  };
  for (const name in links) add(name, []);
  return [...order];
}

/** The other namespaces that contain lower links of a namespace's links. */
export const lowerNamespaces = (links: Links): Set<NamespaceName> =>
  new Set(Object.values(links).flatMap(({ lower }) => lower?.namespace ?? []));

/** A link that has a lower link, in the same or another namespace. */
export interface Upper {
  readonly namespace: NamespaceName;
  readonly name: string;
  readonly link: LinkState;
  /** The lower link. */
  readonly lower: Required<LinkReference>;
}

export const uppersOf = (namespaces: Readonly<Record<NamespaceName, NamespaceState>>): Upper[] =>
  Object.entries(namespaces).flatMap(([namespace, { links }]) =>
    Object.entries(links).flatMap(([name, link]): Upper[] =>
      link.lower === undefined ? [] : [{ namespace, name, link, lower: locate(link.lower, namespace) }],
    ),
  );
