import {
  addressBits,
  addressOf,
  cidr,
  hash64,
  ipFromBigInt,
  ipToBigInt,
  networkOf,
  nthAddress,
  overlaps,
  parseIp,
  prefixLength,
  type Cidr,
} from '../addr/index.ts';
import { CapabilityError } from '../base/index.ts';
import { AF_INET } from '../ffi/index.ts';
import { NETLINK_ROUTE, NetlinkSocket } from '../netlink/index.ts';
import { findRoute, getAddresses, getRoutes, getRules, tableOf } from '../rtnetlink/index.ts';
import { queryHost, isHostLink, type HostReader } from '../observe/index.ts';
import { readSysctl } from '../proc/index.ts';
import {
  hostLinkMac,
  hostLinkName,
  subnetsOf,
  uplinkAddressCount,
  wantsIpv6Uplink,
  type Topology,
} from '../topology/index.ts';
import { RANGE_VARIABLE, uplinkRange } from './uplink-range.ts';

/** The longest prefix of an uplink's subnet, with 64 addresses. */
const LONGEST_PREFIX = 26;

export interface Uplink {
  readonly v4: Cidr;
  readonly v6?: Cidr;
}

/**
 * Chooses the subnets of a lab's link to the host: those that the link already has, or free ones, derived from the
 * lab's name. Free means that neither the host nor the lab uses them. For labs with an uplink.
 * @param host what was already read from the host
 * @throws CapabilityError if no subnet is free; UsageError if {@link RANGE_VARIABLE} is invalid
 */
export function chooseUplink(topology: Topology, host?: HostReader): { uplink: Uplink; warnings: string[] } {
  const hosts = uplinkAddressCount(topology);
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  const length = Math.min(LONGEST_PREFIX, addressBits(4) - Math.ceil(Math.log2(hosts + 2)));
  const inLab = subnetsOf(topology);
  const present = presentSubnet(topology.name, host ?? queryHost(socket));
  const stays =
    present !== undefined &&
    prefixLength(present.subnet) <= length &&
    isFree(present.subnet, inLab) &&
    (leadsTo(socket, present) || isFree(present.subnet, onHost(socket, prefixLength(present.subnet), present.index)));
  const v4 = stays ? present.subnet : freeSubnet(socket, topology.name, length, inLab, present?.index);
  return withIpv6(topology, v4);
}

interface Present {
  readonly subnet: Cidr;
  /** The ifindex of the link. */
  readonly index: number;
}

/** The subnet of the lab's existing link. */
function presentSubnet(lab: string, host: HostReader): Present | undefined {
  const name = hostLinkName(lab);
  const link = host.link(name);
  if (link === undefined || !isHostLink({ name, mac: hostLinkMac(lab) }, link)) return undefined;
  const { index } = link;
  const address = host.addresses(index).find(({ family, local }) => family === AF_INET && local !== undefined);
  if (address?.local === undefined) return undefined;
  return { subnet: networkOf(cidr(address.local, address.prefixLength)), index };
}

/** True if the host routes packets to the subnet through the link; its connected route wins over shorter prefixes. */
const leadsTo = (socket: NetlinkSocket, { subnet, index }: Present): boolean =>
  findRoute(socket, nthAddress(subnet, 2))?.oif === index;

const isFree = (subnet: Cidr, taken: readonly Cidr[]): boolean =>
  !taken.some((other) => prefixLength(other) > 0 && overlaps(subnet, other));

/**
 * The host's networks that an uplink's subnet must not overlap: the subnets of interfaces, and routes with prefixes of
 * at least `length` bits. A route with a shorter prefix loses against the uplink's connected route. A route in a table
 * without a rule is never used.
 * @param own the ifindex of a link to ignore
 */
function onHost(socket: NetlinkSocket, length: number, own: number | undefined): Cidr[] {
  const tables = new Set(getRules(socket, AF_INET).map(tableOf));
  const subnets = getAddresses(socket, { family: AF_INET }).flatMap(({ index, local, address, prefixLength: bits }) => {
    if (index === own || local === undefined) return [];
    // On a point-to-point link the prefix length belongs to the peer's address (IFA_ADDRESS).
    return address === undefined || address === local ? [cidr(local, bits)] : [cidr(local, 32), cidr(address, bits)];
  });
  const routes = getRoutes(socket, { family: AF_INET }).flatMap((route) => {
    const { dst, dstLength, oif } = route;
    const counts = dstLength >= length && oif !== own && tables.has(tableOf(route));
    return dst !== undefined && counts ? [cidr(dst, dstLength)] : [];
  });
  return [...subnets, ...routes];
}

/**
 * Searches from the hash of the lab's name, so that a lab usually gets the same subnet on every host and in every run.
 */
function freeSubnet(
  socket: NetlinkSocket,
  lab: string,
  length: number,
  inLab: readonly Cidr[],
  own: number | undefined,
): Cidr {
  const range = uplinkRange();
  const taken = [...inLab, ...onHost(socket, prefixLength(range) + 1, own)].filter((network) =>
    overlaps(network, range),
  );
  // Less than 1 if the range is smaller than a subnet.
  const slots = 2 ** (length - prefixLength(range));
  const size = 2n ** BigInt(addressBits(4) - length);
  const base = ipToBigInt(addressOf(range));
  const start = hash64(lab)[0] % Math.max(1, slots);
  const isFull = taken.some((network) => prefixLength(network) <= prefixLength(range));
  for (let i = 0; i < (isFull ? 0 : Math.floor(slots)); i++) {
    const subnet = cidr(ipFromBigInt(base + BigInt((start + i) % slots) * size, 4), length);
    if (isFree(subnet, taken)) return subnet;
  }
  const users = [...new Set(taken.map(networkOf))];
  const by =
    users.length === 0 ? '' : `: ${users.slice(0, 3).join(', ')}${users.length > 3 ? ' and others' : ''} overlap it`;
  throw new CapabilityError(
    `no subnet of /${length} is free in ${range} for the lab's link to the host${by}`,
    `remove other labs, or set another range: ${RANGE_VARIABLE}=10.200.0.0/16`,
  );
}

/** 16 bits as a group of an IPv6 address. */
const group = (n: number): string => (n & 0xffff).toString(16);

/** The beginning of the warning that a lab has internet access over IPv4 only. */
export const NO_IPV6_ACCESS = 'the lab has no IPv6 internet access';

function withIpv6(topology: Topology, v4: Cidr): { uplink: Uplink; warnings: string[] } {
  if (!wantsIpv6Uplink(topology)) return { uplink: { v4 }, warnings: [] };
  // A host with IPv6 forwarding ignores router advertisements, from which it can have its address: left to the user.
  if (readSysctl('net.ipv6.conf.all.forwarding') !== '1') {
    return {
      uplink: { v4 },
      warnings: [
        `${NO_IPV6_ACCESS}, because the host does not forward IPv6; to enable it: sysctl -w net.ipv6.conf.all.forwarding=1 (and accept_ra=2 on interfaces configured by router advertisements), then run \`up\` again`,
      ],
    };
  }
  const [high, low] = hash64(`${topology.name} uplink`);
  const v6 = cidr(
    parseIp(
      `fd${(high & 0xff).toString(16).padStart(2, '0')}:${group(high >>> 8)}:${group(low)}:${group(low >>> 16)}::`,
    ),
    64,
  );
  return { uplink: { v4, v6 }, warnings: [] };
}
