import type { Cidr } from '../addr/index.ts';
import { modelOf } from './checked.ts';
import { closedTo } from './firewall/index.ts';
import { parsePublication } from './publish/index.ts';
import type { Topology } from './schema.ts';
import { uplinkSize } from './uplink/index.ts';

/** How many addresses the uplink's subnet must have for the host, the lab's namespace and nodes; 0 without internet. */
export function uplinkHosts(topology: Topology): number {
  return uplinkSize(modelOf(topology));
}

/** What of a lab reaches beyond the host, in words; from a network whose `egress` is empty nothing does. */
export function externalParts(topology: Topology): readonly string[] {
  const { networks, nodes, egress } = modelOf(topology);
  return [
    ...(networks.some((network) => network.internet && egress.get(network)?.length !== 0)
      ? ['networks with internet']
      : []),
    ...(nodes.some(({ internet }) => internet) ? ['nodes with internet'] : []),
    ...(nodes.some(({ publish }) => publish !== undefined) ? ['published ports'] : []),
  ];
}

/** Whether the uplink needs an IPv6 subnet, where the host can give it one. */
export function wantsIpv6Uplink(topology: Topology): boolean {
  const { segments, nodes } = modelOf(topology);
  return (
    segments.some(({ subnets }) => subnets.some(({ family }) => family === 6)) ||
    nodes.some(({ publish }) => publish?.some(({ family }) => family === 6))
  );
}

/** The subnets that a lab's nodes use, for whoever chooses an uplink that none of them overlaps. */
export function subnetsOf(topology: Topology): readonly Cidr[] {
  return modelOf(topology).segments.flatMap(({ subnets }) => subnets.map(({ network }) => network));
}

/** What to say of ports that are to lead to a node, and that its firewall lets nobody come to. */
export function blockedPublications(topology: Topology, node: string, ports: readonly string[]): string[] {
  const firewall = modelOf(topology).nodeByName.get(node)?.firewall;
  if (firewall === undefined) return [];
  return ports.flatMap((text) => closedTo(parsePublication(text), node, firewall) ?? []);
}
