import { addressOf, familyOf, type Family, type Ip } from '../../addr/index.ts';
import type { TableState } from '../../state/index.ts';
import type { FoundNode } from '../layout/index.ts';
import { publicationOf } from './map-elements.ts';
import { publicationText, type Publication } from './text.ts';

/** A function that returns the ports a node publishes, from the maps of the lab's table on the host. */
export function readBackPublications(sets: TableState['sets']): (node: FoundNode) => string[] {
  const byTarget = new Map<Ip, Publication[]>();
  for (const [name, { elements }] of Object.entries(sets)) {
    for (const element of elements) {
      const publication = publicationOf(name, element);
      if (publication === undefined) continue;
      const list = byTarget.get(publication.target);
      if (list === undefined) byTarget.set(publication.target, [publication]);
      else list.push(publication);
    }
  }
  return ({ uplink }) => {
    const own = (uplink?.addresses ?? []).filter(({ scope }) => scope !== 'link').map(({ address }) => address);
    return mergedPublications(
      own.flatMap((address) => byTarget.get(addressOf(address)) ?? []),
      own.map(familyOf),
    );
  };
}

/** Merges publications of single ports into as few texts as possible: ranges, and both families in one. */
export function mergedPublications(publications: readonly Publication[], families: readonly Family[]): string[] {
  const groups = new Map<string, Map<string, Publication & { families: Set<Family> }>>();
  for (const publication of publications) {
    const { protocol, family, address, hostPort, nodePort } = publication;
    const group = `${protocol} ${address ?? ''} ${nodePort - hostPort}`;
    const ports = groups.get(group) ?? groups.set(group, new Map()).get(group)!;
    const present = ports.get(`${hostPort}`);
    if (present === undefined)
      ports.set(`${hostPort}`, { ...publication, families: new Set(family === undefined ? families : [family]) });
    else if (family !== undefined) present.families.add(family);
  }
  const merged: Publication[] = [];
  for (const ports of groups.values()) {
    let last: (Publication & { key: string }) | undefined;
    for (const { families: ofPort, ...port } of [...ports.values()].toSorted((a, b) => a.hostPort - b.hostPort)) {
      const both = port.address === undefined && families.every((family) => ofPort.has(family));
      const { family: _, ...plain } = port;
      const [only] = ofPort;
      const key = both ? '' : String(only);
      if (last?.key === key && last.hostPort + last.count === port.hostPort) {
        last = { ...last, count: last.count + 1 };
        merged[merged.length - 1] = last;
      } else {
        last = { ...plain, ...(both ? {} : { family: only! }), key };
        merged.push(last);
      }
    }
  }
  return merged.map(publicationText);
}
