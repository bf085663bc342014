import { IPV6_MIN_MTU, type LinkState, type NamespaceState } from '../model/index.ts';

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
  const { addrGenMode, inet6, ipv6Off } = link.mtu < IPV6_MIN_MTU ? {} : inherited;
  return {
    kind: link.kind,
    up,
    mtu: link.mtu,
    addresses: [],
    ...(link.mac === undefined ? {} : { mac: link.mac }),
    ...(link.master === undefined ? {} : { master: link.master }),
    ...(link.options === undefined ? {} : { options: link.options }),
    ...(addrGenMode === undefined ? {} : { addrGenMode }),
    ...(inet6 === undefined ? {} : { inet6 }),
    ...(ipv6Off === undefined ? {} : { ipv6Off }),
  };
}
