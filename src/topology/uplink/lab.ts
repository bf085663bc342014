import { deriveMac } from '../../addr/index.ts';
import {
  acceptEstablished,
  addressRanges,
  drop,
  filter,
  HOST,
  inetTable,
  labLinkGroup,
  masquerade,
  match,
  oneOf,
  postrouting,
  rule,
  SADDR,
  type LinkState,
  type NamespaceState,
  type NftRuleState,
  type TableState,
} from '../../state/index.ts';
import { DEFAULT_ROUTE, FAMILIES } from '../families.ts';
import { HOST_PORT, hostLinkName, LAB_TABLE, UPLINK } from '../names.ts';
import { rejectSysctls, forwardingSysctls, NO_SOURCE_VALIDATION } from '../sysctl/index.ts';
import { bridge, routedAddresses, veth, type Segment } from '../wiring/index.ts';
import { loopbackGuard } from './loopback-guard.ts';
import { hasUplinkFor, UPLINK_MTU, type Uplink, type UplinkUsers } from './plan.ts';

/**
 * The state that an uplink adds to the lab's own namespace.
 * @param egress the tables of networks with `egress`
 */
export function labUplink(
  { lab, networks: all }: Pick<UplinkUsers, 'lab' | 'networks'>,
  uplink: Uplink,
  ipv6: boolean,
  bridgeName: (network: Segment) => string,
  egress: Readonly<Record<string, TableState>>,
): Pick<NamespaceState, 'links' | 'routes' | 'sysctls' | 'tables'> {
  const networks = all.filter(({ internet }) => internet);
  const routed = networks.length > 0;
  const mac = deriveMac(lab, '', '', 'uplink');
  const links: Record<string, LinkState> = {
    [UPLINK]: bridge({
      group: labLinkGroup(lab),
      mac,
      mtu: UPLINK_MTU,
      ipv6,
      addresses: routed ? routedAddresses(uplink.lab, mac) : [],
      inet: { forwarding: routed, rpFilter: 0 },
    }),
    [HOST_PORT]: veth({
      group: labLinkGroup(lab),
      mac: deriveMac(lab, '', '', 'port'),
      mtu: UPLINK_MTU,
      ipv6,
      peer: { namespace: HOST, name: hostLinkName(lab) },
      master: UPLINK,
    }),
  };
  if (!routed) return { links, routes: [], sysctls: {}, tables: loopbackGuard() };
  const tables = {
    ...labTable(networks, uplink, bridgeName),
    ...egress,
    ...loopbackGuard(),
  };
  return {
    links,
    routes: defaultRoutes(uplink),
    sysctls: {
      ...forwardingSysctls(uplink.gateways[6] !== undefined),
      ...NO_SOURCE_VALIDATION,
      ...rejectSysctls(tables, ipv6),
    },
    tables,
  };
}

function labTable(
  networks: readonly Segment[],
  uplink: Uplink,
  bridgeName: (network: Segment) => string,
): Record<string, TableState> {
  const subnets = networks.flatMap((network) => network.subnets);
  const masquerades: NftRuleState[] = FAMILIES.flatMap((family) => {
    const sources = subnets.filter((subnet) => subnet.family === family).map(({ network }) => network);
    if (sources.length === 0 || !hasUplinkFor(uplink, family)) return [];
    return [
      rule(
        'networks with internet',
        match(SADDR[family], '==', oneOf(addressRanges(sources, family))),
        match('oifname', '==', UPLINK),
        masquerade,
      ),
    ];
  });
  const bridges = networks.map(bridgeName);
  const chains = {
    postrouting: postrouting(...masquerades),
    forward: filter(
      'forward',
      acceptEstablished,
      // With br_netfilter, packets between ports of one bridge pass this chain, too: hence the second match.
      rule('no new connections from outside', match('iifname', '==', UPLINK), match('oifname', '!=', UPLINK), drop),
      rule(
        'networks with internet: to the outside only',
        match('iifname', '==', oneOf(bridges.toSorted())),
        match('iifname . oifname', '!=', { set: ALLOWED }),
        drop,
      ),
    ),
  };
  const allowed = bridges.flatMap((name) => [name, UPLINK].map((to) => ({ key: [name, to] })));
  return inetTable(LAB_TABLE, chains, undefined, {
    [ALLOWED]: { key: ['ifname', 'ifname'], flags: [], elements: allowed },
  });
}

/** The set of the pairs of input and output interface between which new connections are accepted. */
const ALLOWED = 'ways';

/** Whether the rules of a lab's own namespace accept new connections from a network to the uplink. */
export const allowsOutbound = ({ tables }: Pick<NamespaceState, 'tables'>, bridge: string): boolean =>
  tables[`inet ${LAB_TABLE}`]?.sets[ALLOWED]?.elements.some(
    ({ key: [from, to] }) => from === bridge && to === UPLINK,
  ) === true;

const defaultRoutes = (uplink: Uplink): NamespaceState['routes'] =>
  uplink.subnets.map(({ family }) => ({
    type: 'unicast',
    destination: DEFAULT_ROUTE[family],
    gateway: uplink.gateways[family]!,
    device: UPLINK,
  }));
