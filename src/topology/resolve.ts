import { planAddresses } from './address-plan.ts';
import { resolveExpectations } from './expectations.ts';
import { closedTo, resolveFirewall } from './firewall/index.ts';
import { HostNames } from './host-names.ts';
import { wire } from './interfaces.ts';
import type { Issues } from '../format/index.ts';
import type { Model, ModelNode, Segment } from './model.ts';
import { resolveNat } from './nat/resolve.ts';
import { resolvePublications } from './publish.ts';
import { resolveRoutes } from './routes.ts';
import type { Topology } from './schema.ts';
import { networkSegments } from './segments.ts';
import { resolveServices } from './services/resolve.ts';
import { firstOverlap } from './subnet.ts';
import { sysctlWarnings } from './sysctls.ts';

/**
 * Resolves what a topology's parts say of each other, and gives out its addresses. What is wrong goes to `issues`.
 * @param folder what paths in it are relative to
 */
export function resolve(topology: Topology, folder: string, issues: Issues): Model {
  const networks = networkSegments(topology, issues);
  const { nodes, nodeByName, segments, written } = wire(topology, networks, issues);
  for (const segment of segments) planAddresses(segment, written, issues);

  const warnings: string[] = [];
  for (const segment of networks.values()) {
    checkGateway(segment, nodeByName, issues, warnings);
  }
  checkMacs(segments, issues);
  checkOverlaps(nodes, issues);
  checkBridgeOverlaps(segments, issues);
  for (const node of nodes) {
    if (node.incomplete) continue;
    const routes = topology.nodes?.[node.name]?.routes;
    if (routes !== undefined) resolveRoutes(node, routes, issues);
    const given = topology.nodes?.[node.name]?.nat;
    if (given !== undefined) node.nat = resolveNat(node, given, segments, issues);
    warnings.push(...sysctlWarnings(node, issues));
    const firewall = topology.nodes?.[node.name]?.firewall;
    if (firewall !== undefined)
      node.firewall = resolveFirewall(topology.name, firewall, { node, networks, nodes: nodeByName }, issues, warnings);
  }
  resolveServices(topology, nodes, folder, issues);
  resolvePublications(nodes, ({ name }) => topology.nodes?.[name]?.publish, issues);
  for (const node of nodes) warnings.push(...closedPorts(node, issues));
  const expectations = resolveExpectations(topology.expect ?? [], nodeByName, issues);
  const names = new HostNames(topology, nodeByName, issues);
  for (const node of nodes) node.hosts = names.of(node);
  return {
    lab: topology.name,
    networks: [...networks.values()],
    nodes,
    nodeByName,
    segments,
    expectations,
    hosts: names.all,
    warnings,
  };
}

/** Warnings of ports that are published in vain. */
function closedPorts({ name, path, firewall, publish = [] }: ModelNode, issues: Issues): string[] {
  if (firewall === undefined) return [];
  return publish.flatMap((publication, i) => {
    const closed = closedTo(publication, name, firewall);
    return closed === undefined ? [] : [issues.locate([...path, 'publish', i], closed)];
  });
}

function checkGateway(
  segment: Segment,
  nodes: ReadonlyMap<string, ModelNode>,
  issues: Issues,
  warnings: string[],
): void {
  const { gateway, gatewayMember, network } = segment;
  const node = gateway === undefined ? undefined : nodes.get(gateway);
  if (node === undefined || node.incomplete) return;
  const path = [...segment.path, 'gateway'];
  if (gatewayMember === undefined) {
    issues.add(path, `the gateway "${gateway}" is not on the network "${network}": add "${network}" to its networks`);
  } else if (segment.subnets.length === 0 && gatewayMember.addresses.length === 0) {
    issues.add(path, `the gateway "${gateway}" has no address on the network "${network}": give the network a subnet`);
  } else if (!node.forward) {
    warnings.push(issues.locate(path, `the gateway "${gateway}" does not forward packets: give it "forward: true"`));
  }
}

function checkMacs(segments: readonly Segment[], issues: Issues): void {
  for (const { members } of segments) {
    const owners = new Map<string, string>();
    for (const { mac, path, node } of members) {
      if (mac === undefined) continue;
      const owner = owners.get(mac);
      if (owner !== undefined) issues.add([...path, 'mac'], `the MAC address ${mac} is taken by "${owner}"`);
      owners.set(mac, node.name);
      if (mac === '00:00:00:00:00:00' || (parseInt(mac.slice(0, 2), 16) & 1) !== 0) {
        issues.add(
          [...path, 'mac'],
          `the MAC address ${mac} is not one an interface can have: it is ${mac.startsWith('00') ? 'zero' : 'a group address'}`,
        );
      }
    }
  }
}

function checkOverlaps(nodes: readonly ModelNode[], issues: Issues): void {
  for (const { name, interfaces } of nodes) {
    if (interfaces.length < 2) continue;
    const overlap = firstOverlap(interfaces.flatMap((end) => end.segment.subnets.map((subnet) => ({ subnet, end }))));
    if (overlap === undefined) continue;
    const [a, b] = overlap.toSorted((one, other) => interfaces.indexOf(one.end) - interfaces.indexOf(other.end));
    issues.add(
      b!.end.path,
      `the node "${name}" would see two subnets that overlap: ${a!.subnet.network} on ${a!.end.name} and ${b!.subnet.network} on ${b!.end.name}`,
    );
  }
}

/** The bridges that are gateways share the lab's own namespace. */
function checkBridgeOverlaps(segments: readonly Segment[], issues: Issues): void {
  const bridges = segments.filter(({ internet }) => internet);
  const overlap = firstOverlap(bridges.flatMap((segment) => segment.subnets.map((subnet) => ({ subnet, segment }))));
  if (overlap === undefined) return;
  const [a, b] = overlap.toSorted((one, other) => one.segment.index - other.segment.index);
  issues.add(
    [...b!.segment.path, 'subnet'],
    `the subnets of two networks with "internet" overlap: ${a!.subnet.network} and ${b!.subnet.network}`,
  );
}
