import { cidr, familyOf, linkLocal, type Cidr, type Mac } from '../../addr/index.ts';
import type { AddressState, Inet6Conf, InetConf, LinkOf, LinkState, NamespaceName } from '../../state/index.ts';
import { IPV6_MIN_MTU } from '../../state/index.ts';
import type { ModelInterface } from './model.ts';

export const LOOPBACK_LINK: LinkState = { kind: 'loopback', up: true, mtu: 65536, addresses: [] };

/** The IPv4 settings of interfaces of routers, which ignore ICMP redirects, and of hosts. */
export const ROUTER_CONF: InetConf = { forwarding: true, rpFilter: 0, acceptRedirects: false };
export const HOST_CONF: InetConf = { forwarding: false, rpFilter: 0 };

/** Linux disables IPv6 on an interface whose MTU is below 1280 (RFC 8200). */
const hasIpv6 = (ipv6: boolean, mtu: number): boolean => ipv6 && mtu >= IPV6_MIN_MTU;

interface Common {
  /** The interface group of the lab, by which `up` recognizes its links. */
  readonly group: number;
  readonly mac: Mac;
  readonly mtu: number;
  readonly ipv6: boolean;
  readonly altNames?: readonly string[];
  readonly addresses?: readonly AddressState[];
  /** Absent for bridge ports, which process no IP packets. */
  readonly inet?: InetConf;
}

/** Ignores router advertisements and redirects, which are for hosts. */
const IGNORE_ROUTERS: Inet6Conf = { acceptRa: 0, autoconf: 0, acceptRedirects: 0 };

/** A bridge. It is not a host on its network: unless it is the IPv6 gateway, IPv6 is disabled on it. */
export function bridge({ group, mac, mtu, ipv6, altNames, addresses = [], inet = HOST_CONF }: Common): LinkState {
  const isRouter = addresses.some(isIpv6);
  return {
    kind: 'bridge',
    up: true,
    mtu,
    mac,
    group,
    ...(altNames !== undefined && { altNames }),
    addresses,
    inet: { ...inet, acceptRedirects: false },
    ...(hasIpv6(ipv6, mtu) && {
      addrGenMode: 'none' as const,
      ...(isRouter ? { inet6: IGNORE_ROUTERS } : { ipv6Off: true as const }),
    }),
  };
}

interface Veth extends Common {
  readonly peer: { readonly namespace: NamespaceName; readonly name: string };
  readonly master?: string;
  readonly port?: LinkState['port'];
}

export function veth({ group, mac, mtu, ipv6, peer, master, altNames, addresses = [], inet, port }: Veth): LinkState {
  // A lab can have thousands of them, and assignments are much faster than spreads.
  const link: Writable<LinkOf<'veth'>> = { kind: 'veth', up: true, mtu, mac, group, peer, addresses };
  if (inet !== undefined) link.inet = inet;
  if (port !== undefined) link.port = port;
  if (master !== undefined) link.master = master;
  if (altNames !== undefined) link.altNames = altNames;
  if (hasIpv6(ipv6, mtu)) {
    link.addrGenMode = 'none';
    if (master !== undefined) link.ipv6Off = true;
  }
  return link;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

const isIpv6 = ({ address }: AddressState): boolean => familyOf(address) === 6;

/** Site-local addresses (fec0::/10) are deprecated (RFC 3879), but the kernel still gives them the scope `site`. */
const globalAddress = (address: Cidr): AddressState => ({
  address,
  scope: /^fe[c-f][0-9a-f]:/.test(address) ? 'site' : 'global',
});

const linkLocalAddress = (mac: Mac): AddressState => ({ address: cidr(linkLocal(mac), 64), scope: 'link' });

/**
 * The addresses of an interface between routers. With IPv6, one is link-local: the kernel uses it as the source of
 * neighbour solicitations for packets that it forwards (RFC 4861, 7.2.2).
 */
export const routedAddresses = (addresses: readonly Cidr[], mac: Mac): AddressState[] => [
  ...(addresses.some((address) => familyOf(address) === 6) ? [linkLocalAddress(mac)] : []),
  ...addresses.map(globalAddress),
];

/** An interface's addresses. Adds the IPv6 link-local one, since with addr_gen_mode `none` the kernel does not. */
export function addressesOf({ segment, addresses }: ModelInterface, mac: Mac, ipv6: boolean): AddressState[] {
  const states = addresses.map(globalAddress);
  const usesIpv6 = segment.subnets.length === 0 || segment.subnets.some(({ family }) => family === 6);
  if (hasIpv6(ipv6, segment.mtu) && usesIpv6) states.unshift(linkLocalAddress(mac));
  return states;
}
