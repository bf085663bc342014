import type { Issues } from '../../format/index.ts';
import type { Segment } from '../wiring/index.ts';
import { parseEgress, type EgressRule } from './text.ts';

/** The only destinations outside that the members of networks reach. A network that is absent is not limited. */
export type Egress = ReadonlyMap<Segment, readonly EgressRule[]>;

/** Reads the `egress` of networks. What is wrong goes to `issues`. */
export function resolveEgress(
  networks: ReadonlyMap<string, Segment>,
  texts: (network: string) => readonly string[] | undefined,
  issues: Issues,
): Egress {
  const egress = new Map<Segment, readonly EgressRule[]>();
  for (const [name, network] of networks) {
    const given = texts(name);
    if (given === undefined) continue;
    if (!network.internet)
      issues.add(
        [...network.path, 'egress'],
        '"egress" limits what "internet: true" lets out, which this network does not have',
        'key',
      );
    egress.set(network, given.map(parseEgress));
  }
  return egress;
}
