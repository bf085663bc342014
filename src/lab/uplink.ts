import {
  addressBits,
  addressOf,
  cidr,
  familyOf,
  hash64,
  ipFromBigInt,
  ipToBigInt,
  networkOf,
  overlaps,
  parseIp,
  parseNetwork,
  prefixLength,
  type Cidr,
} from '../addr/index.ts';
import { CapabilityError } from '../base/error.ts';
import { NETLINK_ROUTE, NetlinkSocket } from '../netlink/index.ts';
import { findLink, getAddresses, getRoutes } from '../rtnetlink/index.ts';
import { readSysctl } from '../state/index.ts';
import { hostLinkName, subnetsOf, uplinkHosts, wantsIpv6Uplink, type Topology } from '../topology/index.ts';

/** Where uplinks take their IPv4 addresses: set aside for tests between networks (RFC 2544), and so used by nobody. */
const POOL = parseNetwork('198.18.0.0/15');

/** The shortest prefix an uplink gets: 64 addresses. */
const USUAL_LENGTH = 26;

export interface Uplink {
  readonly v4: Cidr;
  readonly v6?: Cidr;
}

/**
 * The subnets of a lab's link to the host: those it has already, or, derived from its name, ones that nothing on the
 * host and nothing in the lab uses. For labs that reach out.
 * @throws CapabilityError when none is free
 */
export function chooseUplink(topology: Topology): { uplink: Uplink; warnings: string[] } {
  const hosts = uplinkHosts(topology);
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  const own = findLink(socket, hostLinkName(topology.name))?.index;
  const addresses = getAddresses(socket);
  const length = Math.min(USUAL_LENGTH, addressBits(4) - Math.ceil(Math.log2(hosts + 2)));

  const taken = subnetsOf(topology).slice();
  for (const { index, local, address, prefixLength: bits } of addresses) {
    const ip = local ?? address;
    if (index !== own && ip !== undefined) taken.push(cidr(ip, bits));
  }
  for (const { dst, dstLength, oif } of getRoutes(socket))
    if (dst !== undefined && oif !== own) taken.push(cidr(dst, dstLength));

  const present = addresses.find(({ index, local }) => index === own && local !== undefined && familyOf(local) === 4);
  const current = present?.local === undefined ? undefined : networkOf(cidr(present.local, present.prefixLength));
  const v4 =
    current !== undefined && prefixLength(current) <= length && isFree(current, taken)
      ? current
      : freeSubnet(topology.name, length, taken);
  return withIpv6(topology, v4);
}

const isFree = (subnet: Cidr, taken: readonly Cidr[]): boolean =>
  !taken.some((other) => prefixLength(other) > 0 && overlaps(subnet, other));

/** Looks from the place that the lab's name hashes to, so that a lab has the same uplink on most machines and runs. */
function freeSubnet(lab: string, length: number, taken: readonly Cidr[]): Cidr {
  const slots = 2 ** (length - prefixLength(POOL));
  const size = 2n ** BigInt(addressBits(4) - length);
  const base = ipToBigInt(addressOf(POOL));
  const start = hash64(lab)[0] % slots;
  for (let i = 0; i < slots; i++) {
    const subnet = cidr(ipFromBigInt(base + BigInt((start + i) % slots) * size, 4), length);
    if (isFree(subnet, taken)) return subnet;
  }
  throw new CapabilityError(
    `no subnet of /${length} is free in ${POOL} for the lab's link to the host`,
    'take other labs down, or remove the addresses and routes that use it',
  );
}

/** Sixteen bits as a group of an IPv6 address. */
const group = (n: number): string => (n & 0xffff).toString(16);

function withIpv6(topology: Topology, v4: Cidr): { uplink: Uplink; warnings: string[] } {
  if (!wantsIpv6Uplink(topology)) return { uplink: { v4 }, warnings: [] };
  // Switching IPv6 forwarding on makes a host deaf to the router advertisements it may live by: its owner's decision.
  if (readSysctl('net.ipv6.conf.all.forwarding') !== '1') {
    return {
      uplink: { v4 },
      warnings: [
        'IPv6 does not reach beyond the lab, since the host does not forward it; to change that: sysctl -w net.ipv6.conf.all.forwarding=1 (and accept_ra=2 on interfaces configured by router advertisements), then `up` again',
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
