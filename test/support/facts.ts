import { compile, checkTopology, type CompiledNode } from '../../src/topology/index.ts';
import type { TopologyInput } from '../../src/library/index.ts';
import type { Random } from '../fuzz/random.ts';

type Expect = NonNullable<TopologyInput['expect']>[number];

/**
 * What follows from a topology without thinking: neighbours on a segment reach each other's addresses on it, and nodes
 * that no segment joins, where nothing forwards, do not.
 */
export function facts(topology: TopologyInput, random: Random): Expect[] {
  const { nodes } = compile(checkTopology(topology), { ipv6: true, uplink: { v4: '198.18.0.0/24' as never } });
  const names = Object.keys(nodes);
  const joined: Expect[] = [];
  const apart: Expect[] = [];
  const quiet =
    Object.values(topology.nodes ?? {}).every(
      (node) => node?.forward !== true && node?.internet !== true && node?.sysctls === undefined,
    ) && Object.values(topology.networks ?? {}).every((network) => network?.internet !== true);
  const cables = new Set(
    (topology.links ?? []).map(({ between }) =>
      between
        .map((end) => end.split('.')[0]!)
        .toSorted()
        .join(' '),
    ),
  );
  for (const from of names) {
    for (const to of names) {
      // What a firewall lets through takes thinking.
      if (from === to || topology.nodes?.[from]?.firewall !== undefined || topology.nodes?.[to]?.firewall !== undefined)
        continue;
      const shared = sharedNetworks(nodes[from]!, nodes[to]!);
      for (const network of shared) {
        const there = nodes[to]!.interfaces.find((end) => end.network === network)!;
        const here = nodes[from]!.interfaces.find((end) => end.network === network)!;
        for (const address of there.addresses) {
          const v6 = address.includes(':');
          const subnetted = [topology.networks?.[network]?.subnet ?? []]
            .flat()
            .some((subnet) => subnet.includes(':') === v6);
          if (subnetted && here.addresses.some((own) => own.includes(':') === v6))
            joined.push(probe(from, address, true, random, topology.nodes?.[to]?.run === undefined));
        }
      }
      const address = nodes[to]!.interfaces.flatMap(({ addresses }) => addresses)[0];
      if (quiet && shared.length === 0 && address !== undefined && !cables.has([from, to].toSorted().join(' ')))
        apart.push(probe(from, address, false, random));
    }
  }
  return [...sample(joined, 4, random), ...sample(apart, 1, random)];
}

const sharedNetworks = (a: CompiledNode, b: CompiledNode): string[] =>
  a.interfaces.flatMap(({ network }) =>
    network !== undefined && b.interfaces.some((end) => end.network === network) ? [network] : [],
  );

/** @param free whether the node that has the address runs no service, which might be meant to listen there */
const probe = (from: string, address: string, reachable: boolean, random: Random, free = false): Expect => {
  const to = address.slice(0, address.indexOf('/'));
  return reachable && random.oneIn(2) && free
    ? { from, to, tcp: 7000 + random.below(1000) }
    : { from, to, icmp: true, reachable };
};

function sample<T>(from: readonly T[], count: number, random: Random): T[] {
  const left = [...from];
  const taken: T[] = [];
  while (taken.length < count && left.length > 0) taken.push(...left.splice(random.below(left.length), 1));
  return taken;
}
