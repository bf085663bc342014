import { cidr, nthAddress, type Cidr } from '../../addr/index.ts';
import { didYouMean } from '../../base/index.ts';
import { RESERVED_NETWORKS, type Issues, type Path } from '../../format/index.ts';
import { IPV6_MIN_MTU } from '../../state/index.ts';
import { FAMILY_NAME } from '../families.ts';
import { writtenAddresses } from './attachments.ts';
import type { Segment } from './model.ts';
import type { LinkInput, NetworkInput, WiringInput } from './schema.ts';
import { subnetFault } from './special-networks.ts';
import { parseSubnet, type Subnet } from './subnet.ts';

/** The MTU of a network or cable without the key `mtu`. */
export const DEFAULT_MTU = 1500;

/** The networks of a topology, by name. */
export function networkSegments(input: WiringInput, issues: Issues): Map<string, Segment> {
  const networks = new Map<string, Segment>();
  const nodes = input.nodes ?? {};
  for (const [name, networkInput] of Object.entries(input.networks ?? {})) {
    const network: NetworkInput = networkInput ?? {};
    const path = ['networks', name];
    if (RESERVED_NETWORKS.has(name))
      issues.add(path, `the name "${name}" is reserved: use another network name`, 'key');
    const { gateway } = network;
    const internet = network.internet ?? false;
    if (gateway !== undefined) {
      if (!Object.hasOwn(nodes, gateway)) {
        issues.add([...path, 'gateway'], `there is no node "${gateway}"${didYouMean(gateway, Object.keys(nodes))}`);
      }
      if (internet)
        issues.add(
          [...path, 'gateway'],
          'a network has either "gateway" or "internet": with "internet" the bridge is the gateway',
        );
    }
    const subnets = subnetsOf(network, path, issues);
    if (internet && subnets.length === 0)
      issues.add([...path, 'internet'], `the network "${name}" needs a subnet to reach the internet`, 'key');
    networks.set(name, {
      index: networks.size,
      network: name,
      path,
      subnets,
      incomplete: isIncomplete(network, subnets),
      mtu: network.mtu ?? DEFAULT_MTU,
      ...(gateway !== undefined && { gateway }),
      internet,
      bridgeAddresses: internet ? subnets.map(bridgeAddress) : [],
      members: [],
      gatewayMember: undefined,
      gateways: {},
    });
  }
  return networks;
}

/** The segment of a cable. */
export function linkSegment(link: LinkInput, path: Path, index: number, issues: Issues): Segment {
  const subnets = subnetsOf(link, path, issues);
  return {
    index,
    path,
    subnets,
    incomplete: isIncomplete(link, subnets),
    mtu: link.mtu ?? DEFAULT_MTU,
    internet: false,
    bridgeAddresses: [],
    members: [],
    gatewayMember: undefined,
    gateways: {},
  };
}

const bridgeAddress = ({ network, length, start, end }: Subnet): Cidr =>
  cidr(nthAddress(network, end - start < 2n ? 0 : 1), length);

const isIncomplete = (input: NetworkInput | LinkInput, subnets: readonly Subnet[]): boolean =>
  subnets.length < writtenAddresses(input.subnet, []).length ||
  ('internet' in input && input.internet === true && subnets.length === 0);

function subnetsOf(input: NetworkInput | LinkInput, path: Path, issues: Issues): Subnet[] {
  const subnets: Subnet[] = [];
  for (const { text, path: at } of writtenAddresses(input.subnet, [...path, 'subnet'])) {
    const subnet = parseSubnet(text);
    const same = subnets.find(({ family }) => family === subnet.family);
    if (same !== undefined) {
      issues.add(
        at,
        `there is already an ${FAMILY_NAME[same.family]} subnet, ${same.network}: give at most one of each family`,
      );
      continue;
    }
    if (subnet.family === 6 && input.mtu !== undefined && input.mtu < IPV6_MIN_MTU) {
      issues.add([...path, 'mtu'], `IPv6 needs an MTU of at least ${IPV6_MIN_MTU}, not ${input.mtu}`);
    }
    const fault = subnetFault(subnet.network);
    if (fault !== undefined) issues.add(at, `invalid subnet ${subnet.network}: ${fault}`);
    subnets.push(subnet);
  }
  return subnets.toSorted((a, b) => a.family - b.family);
}
