import type { InetConf, LinkState } from '../../state/index.ts';
import { differing, same } from './compare.ts';
import type { LinkChange } from '../operation/index.ts';

/** Kinds that only a topology makes. Others (a VPN's tun, wireguard) are the business of programs in the node. */
const MANAGED = new Set(['veth', 'bridge', 'vlan', 'vxlan', 'macvlan', 'ipvlan', 'dummy', 'vrf', 'ifb']);

export const isManagedKind = (kind: string): boolean => MANAGED.has(kind);

/** Options that can be given only when a link is made. */
const FIXED_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  vlan: ['id', 'protocol'],
  vxlan: ['id', 'port', 'local', 'local6', 'group', 'group6', 'link'],
  vrf: ['table'],
  ipvlan: ['link'],
  macvlan: ['link'],
};

/** Why `actual` cannot become `wanted` in place; undefined when it can. */
export function replacementReason(wanted: LinkState, actual: LinkState): string | undefined {
  if (wanted.kind !== actual.kind) return `its kind is ${actual.kind}, not ${wanted.kind}`;
  if (wanted.peer !== undefined && !same(wanted.peer, actual.peer)) {
    return actual.peer === undefined
      ? 'its other end is not where it should be'
      : `its other end is ${actual.peer.name} in ${actual.peer.namespace}`;
  }
  // When its MTU rises IPv6 comes back, but as the kernel likes it, and before anything else could be said.
  if (wanted.addrGenMode !== undefined && actual.addrGenMode === undefined && wanted.mtu !== actual.mtu)
    return `IPv6 is off on it, since its MTU is ${actual.mtu}`;
  for (const option of FIXED_OPTIONS[wanted.kind] ?? []) {
    const value = wanted.options?.[option];
    if (value !== undefined && value !== actual.options?.[option])
      return `its ${option} is ${actual.options?.[option]}, not ${value}`;
  }
  return undefined;
}

/** What a link is to have of IPv4's settings. One that was a router's and no longer is believes redirects again, as a new one does. */
function wantedInet({ inet }: LinkState, { inet: now }: LinkState): LinkState['inet'] {
  const isRouterNoMore = inet?.forwarding === false && now?.forwarding === true && now.acceptRedirects === false;
  return isRouterNoMore && inet.acceptRedirects === undefined ? { ...inet, acceptRedirects: true } : inet;
}

const differs = (wanted: InetConf, actual: InetConf): boolean => differing({ ...wanted }, { ...actual }) !== undefined;

/**
 * What must change in place for `actual` to be `wanted`; undefined when nothing.
 * @param before what it was before earlier steps, after which something of it is not known
 */
export function linkChange(wanted: LinkState, actual: LinkState, before = actual): LinkChange | undefined {
  const change: { -readonly [K in keyof LinkChange]: LinkChange[K] } = {};
  if (wanted.up !== actual.up) change.up = wanted.up;
  if (wanted.mtu !== actual.mtu) change.mtu = wanted.mtu;
  if (wanted.mac !== undefined && wanted.mac !== actual.mac) change.mac = wanted.mac;
  if (wanted.master !== actual.master) change.master = wanted.master ?? '';
  const inet = wantedInet(wanted, before);
  if (inet !== undefined && (actual.inet === undefined || differs(inet, actual.inet))) change.inet = inet;
  if (wanted.addrGenMode !== undefined && wanted.addrGenMode !== actual.addrGenMode)
    change.addrGenMode = wanted.addrGenMode;
  const names = wanted.altNames ?? [];
  const has = actual.altNames ?? [];
  if (names.some((name) => !has.includes(name))) change.addAltNames = names.filter((name) => !has.includes(name));
  if (has.some((name) => !names.includes(name))) change.deleteAltNames = has.filter((name) => !names.includes(name));
  const options = wanted.options === undefined ? undefined : differing(wanted.options, actual.options);
  if (options !== undefined) change.options = options;
  const port = wanted.port === undefined ? undefined : differing(wanted.port, actual.port);
  if (port !== undefined) change.port = port;
  for (const _ in change) return change;
  return undefined;
}
