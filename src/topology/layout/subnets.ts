import {
  addressOf,
  familyOf,
  ipFromBigInt,
  hostRange,
  networkOf,
  type Cidr,
  type Family,
  type Ip,
} from '../../addr/index.ts';
import { IPV6_MIN_MTU } from '../../state/index.ts';
import { FAMILIES } from '../families.ts';
import { specialAddress, subnetOf } from '../wiring/index.ts';
import { longestIncreasingSubsequence } from '../../base/index.ts';
import type { FoundEnd, FoundSegment } from './model.ts';

/** The addresses of a network's bridge, which is then the gateway; without link-local ones. */
export const bridgeAddresses = ({ network }: FoundSegment): Cidr[] =>
  (network?.bridge.addresses ?? []).filter(({ scope }) => scope !== 'link').map(({ address }) => address);

/**
 * The subnets of a segment: at most one of each family, in which every end has an address. Link-local addresses without
 * an IPv6 subnet show that the segment has no subnets at all: interfaces on an IPv4 subnet have none.
 * @param bare whether to prefer no subnets if the addresses allow both
 */
export function impliedSubnets(segment: FoundSegment, ipv6: boolean, bare = false): Cidr[] {
  const own = bridgeAddresses(segment);
  if (own.length > 0) return [...new Map(own.map((address) => [familyOf(address), networkOf(address)])).values()];
  const [v4, v6] = FAMILIES.map((family) => commonSubnet(segment.ends, family));
  const linkLocal = segment.ends.some(({ link }) => link.addresses.some(({ scope }) => scope === 'link'));
  const couldHaveIpv6 = ipv6 && segment.mtu >= IPV6_MIN_MTU;
  if (bare && (linkLocal || !couldHaveIpv6)) return [];
  if (v6 === undefined && linkLocal && couldHaveIpv6) return [];
  return [v4, v6].filter((subnet) => subnet !== undefined);
}

function commonSubnet(ends: readonly FoundEnd[], family: Family): Cidr | undefined {
  const networks = new Set<Cidr>();
  for (const { addresses } of ends) {
    const own = addresses.filter((address) => familyOf(address) === family);
    if (own.length === 0) return undefined;
    for (const address of own) networks.add(networkOf(address));
  }
  const [network, another] = networks;
  if (network === undefined || another !== undefined) return undefined;
  const subnet = subnetOf(network);
  const special = ends.some(({ addresses }) =>
    addresses.some(
      (address) => familyOf(address) === family && specialAddress(subnet, addressOf(address)) !== undefined,
    ),
  );
  return special ? undefined : network;
}

/**
 * The addresses of each end that must be written, as few as possible: those that `planAddresses` would not assign.
 * @param members in the order of `planAddresses`: the gateway first
 * @param taken the addresses of the bridge
 */
export function writtenAddresses(
  members: readonly FoundEnd[],
  subnets: readonly Cidr[],
  taken: readonly Cidr[],
): Map<FoundEnd, string[]> {
  const implied = new Map(
    subnets.map((subnet) => [familyOf(subnet), impliedEnds(members, subnet, taken.map(addressOf))]),
  );
  const written = new Map<FoundEnd, string[]>();
  for (const end of members) {
    const texts = end.addresses.flatMap((address): string[] => {
      const ends = implied.get(familyOf(address));
      if (ends === undefined) return [address];
      return ends.has(end) ? [] : [addressOf(address)];
    });
    written.set(end, texts);
  }
  return written;
}

/** The ends whose address is the lowest free one when `planAddresses` assigns it. */
function impliedEnds(members: readonly FoundEnd[], subnet: Cidr, taken: readonly Ip[]): Set<FoundEnd> {
  const family = familyOf(subnet);
  const owned = members.map((end) => end.addresses.filter((address) => familyOf(address) === family).map(addressOf));
  const used = new Set<Ip>([...taken, ...owned.flat()]);
  // Only the addresses before the first unused one: an end with a higher address would get the unused one instead.
  const places = new Map<Ip, number>();
  const { first, last } = hostRange(subnet);
  for (let value = first; value <= last; value++) {
    const ip = ipFromBigInt(value, family);
    if (!used.has(ip)) break;
    places.set(ip, places.size);
  }
  for (const ip of taken) places.delete(ip);
  // An address that several ends have is never assigned.
  const assigned = new Set<Ip>();
  for (const ip of owned.flat()) {
    if (assigned.has(ip)) places.delete(ip);
    assigned.add(ip);
  }
  const candidates = members.flatMap((end, i) => {
    const [ip, another] = owned[i]!;
    const place = ip === undefined || another !== undefined ? undefined : places.get(ip);
    return place === undefined ? [] : [{ end, place }];
  });
  return new Set(longestIncreasingSubsequence(candidates.map(({ place }) => place)).map((i) => candidates[i]!.end));
}
