import type { Issues } from '../../format/index.ts';
import type { Segment } from '../wiring/index.ts';
import { parseEgress, type EgressRule } from './text.ts';

/** The only outside destinations that the members of each network can reach. Networks without `egress` are absent. */
export type Egress = ReadonlyMap<Segment, readonly EgressRule[]>;

/** Parses the key `egress` of networks. Errors go to `issues`. */
export function resolveEgress(
  networks: ReadonlyMap<string, Segment>,
  texts: (network: string) => readonly string[] | undefined,
  issues: Issues,
): Egress {
  const egress = new Map<Segment, readonly EgressRule[]>();
  for (const [name, network] of networks) {
    const destinations = texts(name);
    if (destinations === undefined) continue;
    if (!network.internet)
      issues.add(
        [...network.path, 'egress'],
        '"egress" needs "internet: true", which this network does not have',
        'key',
      );
    egress.set(network, destinations.map(parseEgress));
  }
  return egress;
}
