import { IPV6_MIN_MTU, type LinkState, type NamespaceState } from '../../state/index.ts';

const LOOPBACK: LinkState = { kind: 'loopback', up: false, mtu: 65536, addresses: [] };

/** What a namespace holds that was just made: a loopback that is down. */
export const FRESH_NAMESPACE: NamespaceState = {
  links: { lo: LOOPBACK },
  routes: [],
  rules: [],
  neighbours: [],
  sysctls: {},
  tables: {},
  files: {},
};

/** What new links have of IPv6's settings. */
export type Inherited = Partial<Pick<LinkState, 'addrGenMode' | 'inet6' | 'ipv6Off'>>;

/** What new links of a namespace have of IPv6's settings, once it has those settings of its own that are wanted. */
export function inheritedBy({ sysctls }: NamespaceState): Inherited {
  const of = (name: string): string | undefined => sysctls[`net.ipv6.conf.default.${name}`];
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

/**
 * What a link is like that was just made to be `link`: it has what a creating message can say. IPv4's settings come from
 * `conf/default`, which a new namespace takes from the host, so they are unknown, and so differ from any that are wanted.
 */
export function freshLink(link: LinkState, up: boolean, inherited: Inherited): LinkState {
  const { kind, mtu, mac, master, options } = link;
  // By assignments, which cost a fraction of what spreads do: a lab has thousands of links.
  const fresh: { -readonly [K in keyof LinkState]: LinkState[K] } = { kind, up, mtu, addresses: [] };
  if (mac !== undefined) fresh.mac = mac;
  if (master !== undefined) fresh.master = master;
  if (options !== undefined) fresh.options = options;
  if (mtu < IPV6_MIN_MTU) return fresh;
  const { addrGenMode, inet6, ipv6Off } = inherited;
  if (addrGenMode !== undefined) fresh.addrGenMode = addrGenMode;
  if (inet6 !== undefined) fresh.inet6 = inet6;
  if (ipv6Off !== undefined) fresh.ipv6Off = ipv6Off;
  return fresh;
}
