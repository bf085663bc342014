import { addressOf, familyOf } from '../../addr/index.ts';
import { KINDS } from '../../kinds/index.ts';
import { IPV6_MIN_MTU, type InetConf, type LinkBase, type LinkState, type NamespaceState } from '../../state/index.ts';
import { changedMembers, same } from './compare.ts';

/*
 * The IPv4 and IPv6 settings of an interface: the initial values, and the changes that must precede its coming up. The
 * IPv4 settings and addr_gen_mode are part of a link message (IFLA_AF_SPEC); the others are written as sysctls.
 */

type Sysctls = NamespaceState['sysctls'];

/** The IPv6 settings of new links. */
export type Inherited = Partial<Pick<LinkBase, 'addrGenMode' | 'inet6' | 'ipv6Off'>>;

/** The IPv6 settings of new links in a namespace that has its wanted sysctls. */
export function inheritedBy({ sysctls }: NamespaceState): Inherited {
  const initial = (name: string): string | undefined => sysctls[ipv6Setting('default', name)];
  return {
    addrGenMode: initial('addr_gen_mode') === '1' ? 'none' : 'eui64',
    ...(initial('disable_ipv6') === '1' && { ipv6Off: true }),
    inet6: {
      acceptRa: Number(initial('accept_ra') ?? 1),
      autoconf: Number(initial('autoconf') ?? 1),
      acceptRedirects: Number(initial('accept_redirects') ?? 1),
    },
  };
}

/** Sets the inherited settings of a new link. A link whose MTU is too small for IPv6 has none. */
export function inherit(fresh: { -readonly [K in keyof LinkBase]: LinkBase[K] }, inherited: Inherited): void {
  if (fresh.mtu < IPV6_MIN_MTU) return;
  const { addrGenMode, inet6, ipv6Off } = inherited;
  if (addrGenMode !== undefined) fresh.addrGenMode = addrGenMode;
  if (inet6 !== undefined) fresh.inet6 = inet6;
  if (ipv6Off !== undefined) fresh.ipv6Off = ipv6Off;
}

/**
 * Whether a new link can be created up: if none of these settings has to change first. The IPv4 settings come from
 * `conf/default`, which a new namespace inherits from the host, so they are unknown and count as different.
 */
export const canBeCreatedUp = (inherited: Inherited, { inet, addrGenMode, inet6, ipv6Off }: LinkState): boolean =>
  inet === undefined &&
  (addrGenMode === undefined || addrGenMode === inherited.addrGenMode) &&
  (inet6 === undefined || same(inet6, inherited.inet6)) &&
  (ipv6Off === undefined || ipv6Off === inherited.ipv6Off);

/**
 * The IPv4 settings to set; undefined if none. A link that no longer forwards accepts redirects again, as a new link
 * does.
 * @param actual the known state of the link now
 * @param before its state before earlier operations, which can have made parts of `actual` unknown
 */
export function inetChange({ inet }: LinkState, actual: LinkState, before: LinkState): InetConf | undefined {
  if (inet === undefined) return undefined;
  const stopsForwarding = !inet.forwarding && before.inet?.forwarding === true && before.inet.acceptRedirects === false;
  const wanted = stopsForwarding && inet.acceptRedirects === undefined ? { ...inet, acceptRedirects: true } : inet;
  return actual.inet === undefined || changedMembers({ ...wanted }, { ...actual.inet }) !== undefined
    ? wanted
    : undefined;
}

/** A link with unknown IPv4 settings. */
export function withoutInet(link: LinkState): LinkState {
  const { inet: _, ...rest } = link;
  return rest;
}

const INET6_SETTINGS = [
  ['acceptRa', 'accept_ra'],
  ['autoconf', 'autoconf'],
  ['acceptRedirects', 'accept_redirects'],
] as const;

/**
 * Calls `set` for the IPv6 sysctls that a link needs before it comes up and gets addresses.
 * @param now the known state of the link
 * @param sysctls the wanted settings of its namespace
 */
export function setInet6(
  name: string,
  link: LinkState,
  now: LinkState | undefined,
  sysctls: Sysctls,
  set: (key: string, value: string, actual: string | undefined) => void,
): void {
  if (now?.ipv6Off === true && needsIpv6(name, link, sysctls)) set(ipv6Setting(name, 'disable_ipv6'), '0', '1');
  if (now === undefined || now.mtu < IPV6_MIN_MTU) return;
  if (link.ipv6Off === true && now.ipv6Off !== true) set(ipv6Setting(name, 'disable_ipv6'), '1', '0');
  if (link.inet6 === undefined) return;
  for (const [member, setting] of INET6_SETTINGS)
    set(ipv6Setting(name, setting), String(link.inet6[member]), now.inet6?.[member].toString());
}

/** Whether a link needs IPv6: lo unless disable_ipv6 is wanted, other links if they have IPv6 addresses. */
const needsIpv6 = (name: string, link: LinkState, sysctls: Sysctls): boolean =>
  link.kind === KINDS.loopback.name
    ? ['all', name].every((interfaceName) => (sysctls[ipv6Setting(interfaceName, 'disable_ipv6')] ?? '0') === '0')
    : link.addresses.some(({ address }) => familyOf(addressOf(address)) === 6);

const ipv6Setting = (link: string, name: string): string => `net.ipv6.conf.${link.replaceAll('.', '/')}.${name}`;

/** The sysctl for `inet.forwarding` of a link. */
export const forwardingOf = (link: string): string => `net.ipv4.conf.${link.replaceAll('.', '/')}.forwarding`;

/** Whether a sysctl enables IPv6 on an interface. */
const enablesIpv6 = (key: string, value: string): boolean =>
  value === '0' && /^net\.ipv6\.conf\.[^.]+\.disable_ipv6$/.test(key);

/**
 * Whether a sysctl of an interface must be set before it comes up, such as whether it accepts router advertisements.
 */
export const mustPrecedeUp = (key: string, value: string): boolean =>
  enablesIpv6(key, value) || /^net\.ipv[46]\.conf\.[^.]+\.(accept_\w+|autoconf)$/.test(key);
