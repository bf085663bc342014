import type { LinkReference, LinkState, NamespaceName, NamespaceState } from '../../state/index.ts';

type Links = NamespaceState['links'];

/** Where a link stands that another names. */
const locate = (of: LinkReference, namespace: NamespaceName): Required<LinkReference> => ({
  name: of.name,
  namespace: of.namespace ?? namespace,
});

/** A namespace's links that lie upon others, each after those of them that it lies upon, and that are its master. */
export function uppersInOrder(links: Links): string[] {
  const order = new Set<string>();
  const add = (name: string | undefined, trail: readonly string[]): void => {
    const link = name === undefined ? undefined : links[name];
    if (link?.lower === undefined || order.has(name!)) return;
    if (trail.includes(name!)) throw new TypeError(`link ${name} lies upon itself`);
    add(link.master, [...trail, name!]);
    if (link.lower.namespace === undefined) add(link.lower.name, [...trail, name!]);
    order.add(name!);
  };
  for (const name in links) add(name, []);
  return [...order];
}

/** The other namespaces that links of one lie upon. */
export const lowerNamespaces = (links: Links): Set<NamespaceName> =>
  new Set(Object.values(links).flatMap(({ lower }) => lower?.namespace ?? []));

/** Links that lie upon others, wherever they are. */
export interface Upper {
  readonly namespace: NamespaceName;
  readonly name: string;
  readonly link: LinkState;
  /** Where the link below is. */
  readonly lower: Required<LinkReference>;
}

export const uppersOf = (namespaces: Readonly<Record<NamespaceName, NamespaceState>>): Upper[] =>
  Object.entries(namespaces).flatMap(([namespace, { links }]) =>
    Object.entries(links).flatMap(([name, link]): Upper[] =>
      link.lower === undefined ? [] : [{ namespace, name, link, lower: locate(link.lower, namespace) }],
    ),
  );
