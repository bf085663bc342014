import { addressOf, familyOf } from '../../addr/index.ts';
import { KINDS } from '../../kinds/index.ts';
import { IPV6_MIN_MTU, type InetConf, type LinkBase, type LinkState, type NamespaceState } from '../../state/index.ts';
import { differing, same } from './compare.ts';

/*
 * What an interface has of IPv4's and IPv6's settings: what a new one begins with, what of that has to be changed before it
 * comes up, and by which way. IPv4's, and how IPv6 makes addresses, are part of a link message; the rest are sysctls.
 */

type Sysctls = NamespaceState['sysctls'];

/** What new links have of IPv6's settings. */
export type Inherited = Partial<Pick<LinkBase, 'addrGenMode' | 'inet6' | 'ipv6Off'>>;

/** What new links of a namespace have of IPv6's settings, once it has those settings of its own that are wanted. */
export function inheritedBy({ sysctls }: NamespaceState): Inherited {
  const of = (name: string): string | undefined => sysctls[ipv6Setting('default', name)];
  return {
    addrGenMode: of('addr_gen_mode') === '1' ? 'none' : 'eui64',
    ...(of('disable_ipv6') === '1' && { ipv6Off: true }),
    inet6: {
      acceptRa: Number(of('accept_ra') ?? 1),
      autoconf: Number(of('autoconf') ?? 1),
      acceptRedirects: Number(of('accept_redirects') ?? 1),
    },
  };
}

/** Gives a new link what it inherits. One whose MTU is too small for IPv6 has none of it. */
export function inherit(fresh: { -readonly [K in keyof LinkBase]: LinkBase[K] }, inherited: Inherited): void {
  if (fresh.mtu < IPV6_MIN_MTU) return;
  const { addrGenMode, inet6, ipv6Off } = inherited;
  if (addrGenMode !== undefined) fresh.addrGenMode = addrGenMode;
  if (inet6 !== undefined) fresh.inet6 = inet6;
  if (ipv6Off !== undefined) fresh.ipv6Off = ipv6Off;
}

/**
 * Whether a new link may be up at once: when nothing of these settings has to be made before. IPv4's come from
 * `conf/default`, which a new namespace takes from the host, so they are unknown, and so differ from any that are wanted.
 */
export const canBeCreatedUp = (inherited: Inherited, { inet, addrGenMode, inet6, ipv6Off }: LinkState): boolean =>
  inet === undefined &&
  (addrGenMode === undefined || addrGenMode === inherited.addrGenMode) &&
  (inet6 === undefined || same(inet6, inherited.inet6)) &&
  (ipv6Off === undefined || ipv6Off === inherited.ipv6Off);

/**
 * What is to be set of IPv4's settings; undefined when nothing. A link that was a router's and no longer is believes
 * redirects again, as a new one does.
 * @param actual what is known of it now
 * @param before what it was before earlier steps, after which something of it may not be known
 */
export function inetChange({ inet }: LinkState, actual: LinkState, before: LinkState): InetConf | undefined {
  if (inet === undefined) return undefined;
  const isRouterNoMore = !inet.forwarding && before.inet?.forwarding === true && before.inet.acceptRedirects === false;
  const wanted = isRouterNoMore && inet.acceptRedirects === undefined ? { ...inet, acceptRedirects: true } : inet;
  return actual.inet === undefined || differing({ ...wanted }, { ...actual.inet }) !== undefined ? wanted : undefined;
}

/** A link of which nothing is known of IPv4's settings. */
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
 * The sysctls of IPv6 that a link is to have before it comes up and has addresses.
 * @param now what is known of it
 * @param sysctls those that its namespace is to have
 * @param set is told of each
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

/** Whether a link has to have IPv6: the loopback unless it is told not to, others where they have addresses of it. */
const needsIpv6 = (name: string, link: LinkState, sysctls: Sysctls): boolean =>
  link.kind === KINDS.loopback.name
    ? ['all', name].every((where) => (sysctls[ipv6Setting(where, 'disable_ipv6')] ?? '0') === '0')
    : link.addresses.some(({ address }) => familyOf(addressOf(address)) === 6);

const ipv6Setting = (link: string, name: string): string => `net.ipv6.conf.${link.replaceAll('.', '/')}.${name}`;

/** The sysctl that is `inet.forwarding` of a link. */
export const forwardingOf = (link: string): string => `net.ipv4.conf.${link.replaceAll('.', '/')}.forwarding`;

/** Whether a sysctl lets an interface have IPv6 addresses. */
const switchesIpv6On = (key: string, value: string): boolean =>
  value === '0' && /^net\.ipv6\.conf\.[^.]+\.disable_ipv6$/.test(key);

/** Whether a sysctl of an interface is set before it comes up: what it is to believe of others is one. */
export const isSetBeforeUp = (key: string, value: string): boolean =>
  switchesIpv6On(key, value) || /^net\.ipv[46]\.conf\.[^.]+\.(accept_\w+|autoconf)$/.test(key);
