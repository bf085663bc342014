import type { LinkState, NamespaceState } from '../model/index.ts';

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

/**
 * What a link is like that was just made to be `link`: it has what a creating message can say. IPv4's settings come from
 * `conf/default`, which a new namespace takes from the host, so they are unknown, and so differ from any that are wanted.
 */
export function freshLink(link: LinkState, up: boolean, addrGenMode: LinkState['addrGenMode']): LinkState {
  return {
    kind: link.kind,
    up,
    mtu: link.mtu,
    addresses: [],
    ...(link.mac === undefined ? {} : { mac: link.mac }),
    ...(link.master === undefined ? {} : { master: link.master }),
    ...(link.options === undefined ? {} : { options: link.options }),
    ...(addrGenMode === undefined ? {} : { addrGenMode }),
  };
}
