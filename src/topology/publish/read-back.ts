import { addressOf, familyOf, type Family, type Ip } from '../../addr/index.ts';
import type { TableState } from '../../state/index.ts';
import type { FoundNode } from '../layout/index.ts';
import { publicationOf } from './maps.ts';
import { publicationText, type Publication } from './text.ts';

/** What the maps of a lab's table on the host say of a node, by the addresses of its uplink. */
export function readBackPublications(sets: TableState['sets']): (node: FoundNode) => string[] {
  const byTarget = new Map<Ip, Publication[]>();
  for (const [name, { elements }] of Object.entries(sets)) {
    for (const element of elements) {
      const found = publicationOf(name, element);
      if (found === undefined) continue;
      const list = byTarget.get(found.target);
      if (list === undefined) byTarget.set(found.target, [found]);
      else list.push(found);
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

/** Publications of single ports as few as say the same: ranges, and both families in one. */
export function mergedPublications(publications: readonly Publication[], families: readonly Family[]): string[] {
  const groups = new Map<string, Map<string, Publication & { families: Set<Family> }>>();
  for (const one of publications) {
    const { protocol, family, address, hostPort, nodePort } = one;
    const group = `${protocol} ${address ?? ''} ${nodePort - hostPort}`;
    const ports = groups.get(group) ?? groups.set(group, new Map()).get(group)!;
    const present = ports.get(`${hostPort}`);
    if (present === undefined)
      ports.set(`${hostPort}`, { ...one, families: new Set(family === undefined ? families : [family]) });
    else if (family !== undefined) present.families.add(family);
  }
  const found: Publication[] = [];
  for (const ports of groups.values()) {
    let last: (Publication & { key: string }) | undefined;
    for (const { families: seen, ...port } of [...ports.values()].toSorted((a, b) => a.hostPort - b.hostPort)) {
      const both = port.address === undefined && families.every((family) => seen.has(family));
      const { family: _, ...plain } = port;
      const [only] = seen;
      const key = both ? '' : String(only);
      if (last?.key === key && last.hostPort + last.count === port.hostPort) {
        last = { ...last, count: last.count + 1 };
        found[found.length - 1] = last;
      } else {
        last = { ...plain, ...(both ? {} : { family: only! }), key };
        found.push(last);
      }
    }
  }
  return found.map(publicationText);
}
