import type { Ip } from '../../addr/index.ts';
import type { Issues, Path } from '../../format/index.ts';
import { FAMILIES } from '../families.ts';
import type { WiredNode } from '../wiring/index.ts';
import { parsePublication, publicationText, type Publication } from './text.ts';

/** Reads what nodes publish, and refuses a port that two of them do. */
export function resolvePublications(
  nodes: readonly WiredNode[],
  texts: (node: WiredNode) => readonly string[] | undefined,
  issues: Issues,
): ReadonlyMap<WiredNode, readonly Publication[]> {
  const found = new Map<WiredNode, readonly Publication[]>();
  const taken = new Taken();
  for (const node of nodes) {
    const publications: Publication[] = [];
    for (const [i, text] of (texts(node) ?? []).entries()) {
      const publication = parsePublication(text);
      const owner = taken.take(publication, node.name);
      if (owner !== undefined)
        issues.add([...node.path, 'publish', i], `${owner.port} of the host is published by "${owner.name}" already`);
      publications.push(publication);
    }
    if (node.publishes) found.set(node, publications);
  }
  return found;
}

/** Who publishes which port, at every address or at one. */
class Taken {
  readonly #owners = new Map<string, { readonly name: string; readonly addresses: Map<Ip | undefined, string> }>();

  /** The owner of a port that the publication would take from it. */
  take(
    { protocol, family, address, hostPort, count }: Publication,
    name: string,
  ): { name: string; port: string } | undefined {
    let clash: { name: string; port: string } | undefined;
    for (const version of family === undefined ? FAMILIES : [family]) {
      for (let port = hostPort; port < hostPort + count; port++) {
        const key = `${version} ${protocol} ${port}`;
        const present = this.#owners.get(key);
        if (present === undefined) this.#owners.set(key, { name, addresses: new Map([[address, name]]) });
        else {
          const overlaps = address === undefined || present.addresses.has(undefined);
          const owner = overlaps ? present.name : present.addresses.get(address);
          if (owner !== undefined) clash ??= { name: owner, port: `port ${port}/${protocol}` };
          present.addresses.set(address, name);
        }
      }
    }
    return clash;
  }
}

/** Refuses what is published over IPv6 where the host forwards none. */
export function refuseIpv6Publications(
  nodes: readonly { readonly path: Path; readonly publish: readonly Publication[] | undefined }[],
  issues: Issues,
): void {
  for (const { path, publish = [] } of nodes)
    for (const [i, one] of publish.entries())
      if (one.family === 6)
        issues.add(
          [...path, 'publish', i],
          `${publicationText(one)} is published over IPv6, which the host does not forward: sysctl -w net.ipv6.conf.all.forwarding=1`,
        );
}
