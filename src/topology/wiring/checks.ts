import { familyOf } from '../../addr/index.ts';
import type { Issues } from '../../format/index.ts';
import { needsIpv6Message } from '../families.ts';
import type { Segment, WiredNode } from './model.ts';
import { firstOverlap } from './subnet.ts';

/** Checks the gateway of a network, after the addresses are assigned. */
export function checkGateway(
  segment: Segment,
  nodes: ReadonlyMap<string, WiredNode>,
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

export function checkMacs(segments: readonly Segment[], issues: Issues): void {
  for (const { members } of segments) {
    const owners = new Map<string, string>();
    for (const { mac, path, node } of members) {
      if (mac === undefined) continue;
      const owner = owners.get(mac);
      if (owner !== undefined) issues.add([...path, 'mac'], `the MAC address ${mac} is already used by "${owner}"`);
      owners.set(mac, node.name);
      if (mac === '00:00:00:00:00:00' || (parseInt(mac.slice(0, 2), 16) & 1) !== 0) {
        issues.add(
          [...path, 'mac'],
          `invalid MAC address ${mac} for an interface: it is ${mac.startsWith('00') ? 'zero' : 'a group address'}`,
        );
      }
    }
  }
}

export function checkOverlaps(nodes: readonly WiredNode[], issues: Issues): void {
  for (const { name, interfaces } of nodes) {
    if (interfaces.length < 2) continue;
    const overlap = firstOverlap(interfaces.flatMap((end) => end.segment.subnets.map((subnet) => ({ subnet, end }))));
    if (overlap === undefined) continue;
    const [a, b] = overlap.toSorted((left, right) => interfaces.indexOf(left.end) - interfaces.indexOf(right.end));
    issues.add(
      b!.end.path,
      `the node "${name}" has overlapping subnets: ${a!.subnet.network} on ${a!.end.name} and ${b!.subnet.network} on ${b!.end.name}`,
    );
  }
}

/** Checks the subnets of networks with `internet`: their bridges share the routing table of the lab's own namespace. */
export function checkBridgeOverlaps(segments: readonly Segment[], issues: Issues): void {
  const bridges = segments.filter(({ internet }) => internet);
  const overlap = firstOverlap(bridges.flatMap((segment) => segment.subnets.map((subnet) => ({ subnet, segment }))));
  if (overlap === undefined) return;
  const [a, b] = overlap.toSorted((left, right) => left.segment.index - right.segment.index);
  issues.add(
    [...b!.segment.path, 'subnet'],
    `the subnets of two networks with "internet" overlap: ${a!.subnet.network} and ${b!.subnet.network}`,
  );
}

/** Reports IPv6 subnets and addresses, for a kernel without IPv6. */
export function refuseIpv6Addresses(segments: readonly Segment[], issues: Issues): void {
  for (const { path, subnets, members } of segments) {
    const subnet = subnets.find(({ family }) => family === 6);
    if (subnet !== undefined) {
      issues.add([...path, 'subnet'], needsIpv6Message(`the subnet ${subnet.network}`));
      continue;
    }
    for (const end of members) {
      const address = end.addresses.find((candidate) => familyOf(candidate) === 6);
      if (address !== undefined) issues.add(end.path, needsIpv6Message(`the address ${address}`));
    }
  }
}
