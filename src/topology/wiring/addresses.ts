import {
  addressOf,
  cidr,
  familyOf,
  isIp,
  networkOf,
  parseCidr,
  parseIp,
  prefixLength,
  type Cidr,
  type Family,
  type Ip,
} from '../../addr/index.ts';
import { IPV6_MIN_MTU } from '../../state/index.ts';
import type { WrittenAddress } from './attachments.ts';
import type { Issues } from '../../format/index.ts';
import { FAMILY_NAME } from '../families.ts';
import type { ModelInterface, Segment } from './model.ts';
import type { Written } from './nodes.ts';
import { addressFault } from './special-networks.ts';
import { FreeAddresses, hostCount, specialAddress, specialInOwnNetwork, subnetHas, type Subnet } from './subnet.ts';

/**
 * Assigns the addresses of all interfaces on a segment: first the explicit ones, then the lowest free ones of each
 * subnet, beginning with the gateway and in the order of the file.
 */
export function planAddresses(segment: Segment, written: Written, issues: Issues): void {
  const { members, subnets } = segment;
  /** The owner of each address, for messages. */
  const owners = new Map<Ip, string>();
  for (const address of segment.bridgeAddresses)
    owners.set(addressOf(address), `the bridge of "${segment.network}", its gateway`);
  const used = new Set<Ip>(owners.keys());

  const explicit = new Map<ModelInterface, Cidr[]>();
  for (const member of members) {
    const texts = written.get(member);
    if (texts === undefined) continue;
    const addresses: Cidr[] = [];
    for (const text of texts) {
      const address = readAddress(text, segment, issues);
      if (address === undefined) {
        member.node.incomplete = true;
        continue;
      }
      const ip = addressOf(address);
      const owner = owners.get(ip);
      if (owner !== undefined) issues.add(text.path, `the address ${ip} is already used by ${owner}`);
      else owners.set(ip, `"${member.node.name}"`);
      used.add(ip);
      addresses.push(address);
    }
    explicit.set(
      member,
      addresses.toSorted((a, b) => familyOf(a) - familyOf(b)),
    );
  }

  const sources = subnets.map((subnet) => ({ subnet, free: new FreeAddresses(subnet, used), full: false }));
  const assign = (member: ModelInterface): void => {
    const own = explicit.get(member) ?? [];
    const addresses = [...own];
    for (const source of sources) {
      const { subnet, free } = source;
      if (own.some((address) => familyOf(address) === subnet.family)) continue;
      const ip = source.full ? undefined : free.take();
      if (ip !== undefined) addresses.push(cidr(ip, subnet.length));
      else {
        member.node.incomplete = true;
        if (!source.full) issues.add(member.path, fullMessage(segment, subnet, member));
        source.full = true;
      }
    }
    member.addresses =
      own.length > 0 && addresses.length > own.length
        ? addresses.toSorted((a, b) => familyOf(a) - familyOf(b))
        : addresses;
  };
  const gateway = members.find(({ node }) => node.name === segment.gateway);
  segment.gatewayMember = gateway;
  if (gateway !== undefined) assign(gateway);
  for (const member of members) if (member !== gateway) assign(member);
  segment.gateways = firstOfEachFamily(gateway?.addresses ?? segment.bridgeAddresses);
}

function firstOfEachFamily(addresses: readonly Cidr[]): Segment['gateways'] {
  const first: Partial<Record<Family, Ip>> = {};
  for (const address of addresses) first[familyOf(address)] ??= addressOf(address);
  return first;
}

function readAddress(
  { text, path }: WrittenAddress,
  { subnets, mtu, incomplete }: Segment,
  issues: Issues,
): Cidr | undefined {
  const bare = isIp(text);
  const ip = bare ? parseIp(text) : addressOf(parseCidr(text));
  const subnet = subnets.find(({ family }) => family === familyOf(ip));
  if (subnet === undefined) {
    if (familyOf(ip) === 6 && mtu < IPV6_MIN_MTU) {
      issues.add(path, `the address ${ip} needs an MTU of at least ${IPV6_MIN_MTU}, but the network has ${mtu}`);
      return undefined;
    }
    const fault = addressFault(ip);
    if (fault !== undefined) {
      issues.add(path, `invalid host address ${ip}: ${fault}`);
      return undefined;
    }
    if (!bare) {
      const address = parseCidr(text);
      const special = specialInOwnNetwork(address);
      if (special === undefined) return address;
      issues.add(path, `the address ${ip} is the ${special} of ${networkOf(address)}, which a host cannot use`);
      return undefined;
    }
    if (incomplete) return undefined;
    const family = FAMILY_NAME[familyOf(ip)];
    issues.add(
      path,
      `the address ${ip} needs a prefix length, such as ${ip}/${familyOf(ip) === 4 ? 24 : 64}: there is no ${family} subnet here`,
    );
    return undefined;
  }
  if (!subnetHas(subnet, ip)) {
    if (incomplete) return undefined;
    issues.add(path, `the address ${ip} is outside the subnet ${subnet.network}`);
    return undefined;
  }
  if (!bare && prefixLength(parseCidr(text)) !== subnet.length) {
    issues.add(path, `the prefix length of ${text} differs from that of the subnet ${subnet.network}`);
    return undefined;
  }
  const special = specialAddress(subnet, ip);
  if (special !== undefined) {
    issues.add(path, `the address ${ip} is the ${special} of ${subnet.network}, which a host cannot use`);
    return undefined;
  }
  return cidr(ip, subnet.length);
}

function fullMessage(segment: Segment, subnet: Subnet, member: ModelInterface): string {
  const count = hostCount(subnet);
  const needed =
    segment.members.length + segment.bridgeAddresses.filter((address) => familyOf(address) === subnet.family).length;
  return `the subnet ${subnet.network} is full: ${needed} need an address, it has ${count}; none is left for "${member.node.name}"`;
}
