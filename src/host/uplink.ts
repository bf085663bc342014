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
import { askHost, isHostLink, type HostReading } from '../observe/index.ts';
import { readSysctl } from '../proc/index.ts';
import {
  hostLinkMac,
  hostLinkName,
  subnetsOf,
  uplinkHosts,
  wantsIpv6Uplink,
  type Topology,
} from '../topology/index.ts';
import { RANGE_VARIABLE, uplinkRange } from './uplink-range.ts';

/** The shortest prefix an uplink gets: 64 addresses. */
const USUAL_LENGTH = 26;

export interface Uplink {
  readonly v4: Cidr;
  readonly v6?: Cidr;
}

/**
 * The subnets of a lab's link to the host: those it has already, or, derived from its name, ones that nothing on the
 * host and nothing in the lab uses. For labs that reach out.
 * @param host what has been read of it already
 * @throws CapabilityError when none is free; UsageError when {@link RANGE_VARIABLE} says something that is no range
 */
export function chooseUplink(topology: Topology, host?: HostReading): { uplink: Uplink; warnings: string[] } {
  const hosts = uplinkHosts(topology);
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  const length = Math.min(USUAL_LENGTH, addressBits(4) - Math.ceil(Math.log2(hosts + 2)));
  const inLab = subnetsOf(topology);
  const present = presentSubnet(topology.name, host ?? askHost(socket));
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
  /** The link's. */
  readonly index: number;
}

/** The subnet that a lab's link has. */
function presentSubnet(lab: string, host: HostReading): Present | undefined {
  const name = hostLinkName(lab);
  const link = host.link(name);
  if (link === undefined || !isHostLink({ name, mac: hostLinkMac(lab) }, link)) return undefined;
  const { index } = link;
  const address = host.addresses(index).find(({ family, local }) => family === AF_INET && local !== undefined);
  if (address?.local === undefined) return undefined;
  return { subnet: networkOf(cidr(address.local, address.prefixLength)), index };
}

/** Whether packets to a lab leave by its link: a wide route is less specific than the link's own. */
const leadsTo = (socket: NetlinkSocket, { subnet, index }: Present): boolean =>
  findRoute(socket, nthAddress(subnet, 2))?.oif === index;

const isFree = (subnet: Cidr, taken: readonly Cidr[]): boolean =>
  !taken.some((other) => prefixLength(other) > 0 && overlaps(subnet, other));

/**
 * The networks on the host that an uplink's subnet must not overlap: the subnets of interfaces, and routes whose prefixes
 * are no shorter than `length`. A shorter one loses against the uplink's own, and one in a table that no rule leads to is
 * never looked at.
 * @param own the index of a link that does not count
 */
function onHost(socket: NetlinkSocket, length: number, own: number | undefined): Cidr[] {
  const tables = new Set(getRules(socket, AF_INET).map(tableOf));
  const subnets = getAddresses(socket, { family: AF_INET }).flatMap(({ index, local, address, prefixLength: bits }) => {
    if (index === own || local === undefined) return [];
    // At the other end of a point-to-point link, the prefix is of the other's address.
    return address === undefined || address === local ? [cidr(local, bits)] : [cidr(local, 32), cidr(address, bits)];
  });
  const routes = getRoutes(socket, { family: AF_INET }).flatMap((route) => {
    const { dst, dstLength, oif } = route;
    const counts = dstLength >= length && oif !== own && tables.has(tableOf(route));
    return dst !== undefined && counts ? [cidr(dst, dstLength)] : [];
  });
  return [...subnets, ...routes];
}

/** Looks from the place that the lab's name hashes to, so that a lab has the same uplink on most machines and runs. */
function freeSubnet(
  socket: NetlinkSocket,
  lab: string,
  length: number,
  inLab: readonly Cidr[],
  own: number | undefined,
): Cidr {
  const range = uplinkRange();
  const taken = [...inLab, ...onHost(socket, prefixLength(range) + 1, own)].filter((one) => overlaps(one, range));
  // Less than one where the range is smaller than a subnet.
  const slots = 2 ** (length - prefixLength(range));
  const size = 2n ** BigInt(addressBits(4) - length);
  const base = ipToBigInt(addressOf(range));
  const start = hash64(lab)[0] % Math.max(1, slots);
  const isFull = taken.some((one) => prefixLength(one) <= prefixLength(range));
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

/** Sixteen bits as a group of an IPv6 address. */
const group = (n: number): string => (n & 0xffff).toString(16);

/** How the warning begins that a lab reaches the internet by IPv4 alone. */
export const NO_IPV6_ACCESS = 'the lab has no IPv6 internet access';

function withIpv6(topology: Topology, v4: Cidr): { uplink: Uplink; warnings: string[] } {
  if (!wantsIpv6Uplink(topology)) return { uplink: { v4 }, warnings: [] };
  // Switching IPv6 forwarding on makes a host deaf to the router advertisements it may live by: its owner's decision.
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
