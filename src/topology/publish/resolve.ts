import type { Ip } from '../../addr/index.ts';
import type { Issues, Path } from '../../format/index.ts';
import { FAMILIES } from '../families.ts';
import type { WiredNode } from '../wiring/index.ts';
import { parsePublication, publicationText, type Publication } from './text.ts';

/** Parses the published ports of nodes, and reports ports that are published twice. */
export function resolvePublications(
  nodes: readonly WiredNode[],
  texts: (node: WiredNode) => readonly string[] | undefined,
  issues: Issues,
): ReadonlyMap<WiredNode, readonly Publication[]> {
  const found = new Map<WiredNode, readonly Publication[]>();
  const ports = new PublishedPorts();
  for (const node of nodes) {
    const publications: Publication[] = [];
    for (const [i, text] of (texts(node) ?? []).entries()) {
      const publication = parsePublication(text);
      const owner = ports.take(publication, node.name);
      if (owner !== undefined)
        issues.add([...node.path, 'publish', i], `${owner.port} of the host is already published by "${owner.name}"`);
      publications.push(publication);
    }
    if (node.publishes) found.set(node, publications);
  }
  return found;
}

/** The host's ports that are published, at every address or at one, with the names of the nodes. */
class PublishedPorts {
  readonly #owners = new Map<string, { readonly name: string; readonly addresses: Map<Ip | undefined, string> }>();

  /** Adds the ports of a publication. Returns the first one that is already published, with the name of its node. */
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

/** Reports ports that are published over IPv6, for a host that does not forward IPv6. */
export function refuseIpv6Publications(
  nodes: readonly { readonly path: Path; readonly publish: readonly Publication[] | undefined }[],
  issues: Issues,
): void {
  for (const { path, publish = [] } of nodes)
    for (const [i, publication] of publish.entries())
      if (publication.family === 6)
        issues.add(
          [...path, 'publish', i],
          `${publicationText(publication)} is published over IPv6, but the host does not forward IPv6: sysctl -w net.ipv6.conf.all.forwarding=1`,
        );
}
