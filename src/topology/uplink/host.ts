import {
  inetTable,
  labLinkGroup,
  masquerade,
  match,
  postrouting,
  rule,
  SADDR,
  type ChainState,
  type NamespaceState,
  type NftRuleState,
  type RouteState,
  type TableState,
} from '../../state/index.ts';
import { HOST_PORT, hostLinkMac, hostLinkName, hostTableComment, hostTableName, HOST_LINKS_PATTERN } from '../names.ts';
import { forwardingSysctls } from '../sysctl/index.ts';
import { routedAddresses, veth } from '../wiring/index.ts';
import { UPLINK_MTU, type Uplink } from './plan.ts';

/** The state of the host for published ports. */
export interface HostParts {
  readonly chains: Readonly<Record<string, ChainState>>;
  readonly sets: TableState['sets'];
  /** Additional rules for the uplink's chain `postrouting`. */
  readonly postrouting: readonly NftRuleState[];
  readonly routes: readonly RouteState[];
  readonly sysctls: NamespaceState['sysctls'];
}

/** The state of the host for a lab's uplink. */
export function hostState(lab: string, uplink: Uplink, ipv6: boolean, publishing: HostParts): NamespaceState {
  const link = hostLinkName(lab);
  const mac = hostLinkMac(lab);
  // No masquerading to another lab's published port: the host has a route back.
  const rules = uplink.subnets.map(({ family, network }) =>
    rule(
      `lab ${lab} to the outside`,
      match(SADDR[family], '==', network),
      match('oifname', '!=', HOST_LINKS_PATTERN),
      masquerade,
    ),
  );
  return {
    links: {
      [link]: veth({
        group: labLinkGroup(lab),
        mac,
        mtu: UPLINK_MTU,
        ipv6,
        peer: { namespace: lab, name: HOST_PORT },
        addresses: routedAddresses(uplink.host, mac),
        inet: { forwarding: true, rpFilter: 0 },
      }),
    },
    routes: publishing.routes,
    rules: [],
    neighbours: [],
    sysctls: {
      ...forwardingSysctls(uplink.gateways[6] !== undefined),
      ...ignoreAdvertisements(link, ipv6),
      ...publishing.sysctls,
    },
    tables: inetTable(
      hostTableName(lab),
      { postrouting: postrouting(...rules, ...publishing.postrouting), ...publishing.chains },
      hostTableComment(lab),
      publishing.sets,
    ),
    files: {},
  };
}

/**
 * The host ignores router advertisements and redirects from the nodes of a lab (RFC 4861, RFC 792), and drops packets
 * with a source route (RFC 791, 3.1).
 */
const ignoreAdvertisements = (link: string, ipv6: boolean): Record<string, string> => ({
  [`net.ipv4.conf.${link}.accept_redirects`]: '0',
  [`net.ipv4.conf.${link}.accept_source_route`]: '0',
  ...(ipv6 && {
    [`net.ipv6.conf.${link}.accept_ra`]: '0',
    [`net.ipv6.conf.${link}.autoconf`]: '0',
    [`net.ipv6.conf.${link}.accept_redirects`]: '0',
  }),
});
