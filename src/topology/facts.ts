import type { Cidr } from '../addr/index.ts';
import { modelOf } from './checked.ts';
import { closedPortWarning } from './firewall/index.ts';
import { parsePublication } from './publish/index.ts';
import type { Topology } from './schema.ts';
import { uplinkSize } from './uplink/index.ts';

/** The number of addresses that the uplink needs for host, lab's namespace and nodes; 0 for a lab without uplink. */
export function uplinkAddressCount(topology: Topology): number {
  return uplinkSize(modelOf(topology));
}

/** Describes the parts of a lab that use the uplink. A network whose `egress` is an empty list does not use it. */
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

/** Whether the uplink should have an IPv6 subnet if the host has one to give. */
export function wantsIpv6Uplink(topology: Topology): boolean {
  const { segments, nodes } = modelOf(topology);
  return (
    segments.some(({ subnets }) => subnets.some(({ family }) => family === 6)) ||
    nodes.some(({ publish }) => publish?.some(({ family }) => family === 6))
  );
}

/** The subnets of a lab's networks and links. The subnet of the uplink must not overlap them. */
export function subnetsOf(topology: Topology): readonly Cidr[] {
  return modelOf(topology).segments.flatMap(({ subnets }) => subnets.map(({ network }) => network));
}

/** Warnings about published ports that the node's firewall does not accept, one for each port. */
export function blockedPublications(topology: Topology, node: string, ports: readonly string[]): string[] {
  const firewall = modelOf(topology).nodeByName.get(node)?.firewall;
  if (firewall === undefined) return [];
  return ports.flatMap((text) => closedPortWarning(parsePublication(text), node, firewall) ?? []);
}
