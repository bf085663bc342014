import { cidr, linkLocal, type Cidr, type Mac } from '../addr/index.ts';
import type { AddressState, InetConf, LinkState } from '../state/index.ts';
import type { ModelInterface } from './model.ts';
import { IPV6_MIN_MTU } from './segments.ts';

export const LOOPBACK: LinkState = { kind: 'loopback', up: true, mtu: 65536, addresses: [] };

const NOT_FORWARDING: InetConf = { forwarding: false, rpFilter: 0 };

/** Linux takes IPv6 off an interface whose MTU is too small for it. */
const hasIpv6 = (ipv6: boolean, mtu: number): boolean => ipv6 && mtu >= IPV6_MIN_MTU;

interface Common {
  readonly mac: Mac;
  readonly mtu: number;
  readonly ipv6: boolean;
  readonly altNames?: readonly string[];
  readonly addresses?: readonly AddressState[];
  readonly inet?: InetConf;
}

export function bridge({ mac, mtu, ipv6, altNames, addresses = [], inet = NOT_FORWARDING }: Common): LinkState {
  return {
    kind: 'bridge',
    up: true,
    mtu,
    mac,
    ...(altNames !== undefined && { altNames }),
    addresses,
    inet,
    ...(hasIpv6(ipv6, mtu) && { addrGenMode: 'none' as const }),
  };
}

export function veth({
  mac,
  mtu,
  ipv6,
  peer,
  master,
  altNames,
  addresses = [],
  inet = NOT_FORWARDING,
}: Common & {
  readonly peer: { readonly namespace: string; readonly name: string };
  readonly master?: string;
}): LinkState {
  return {
    kind: 'veth',
    up: true,
    mtu,
    mac,
    ...(master !== undefined && { master }),
    peer,
    ...(altNames !== undefined && { altNames }),
    addresses,
    inet,
    ...(hasIpv6(ipv6, mtu) && { addrGenMode: 'none' as const }),
  };
}

export const globalAddress = (address: Cidr): AddressState => ({ address, scope: 'global' });

/** An interface's addresses. Where IPv6 may be used it has a link-local one, made here since the kernel is told not to. */
export function addressesOf({ segment, addresses }: ModelInterface, mac: Mac, ipv6: boolean): AddressState[] {
  const states = addresses.map(globalAddress);
  const wanted = segment.subnets.length === 0 || segment.subnets.some(({ family }) => family === 6);
  if (hasIpv6(ipv6, segment.mtu) && wanted) states.unshift({ address: cidr(linkLocal(mac), 64), scope: 'link' });
  return states;
}
