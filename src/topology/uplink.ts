import { deriveMac } from '../addr/index.ts';
import type { HOST as HostName, LinkState, NamespaceState, NftRuleState, TableState } from '../model/index.ts';
import { bridge, globalAddress, linkLocalAddress, veth } from './links.ts';
import { DEFAULT_ROUTE, FAMILIES, type Model, type Segment } from './model.ts';
import { accept, drop, forward, inetTable, masquerade, match, oneOf, postrouting, rule } from './nft.ts';
import { loopbackRoute, publishingTable } from './publish.ts';
import { forwardingSysctls, NO_SOURCE_VALIDATION } from './sysctls.ts';
import { hasWayOut, type Uplink } from './uplink-plan.ts';
import {
  HOST_PORT,
  hostLinkMac,
  hostLinkName,
  hostTableComment,
  hostTableName,
  LAB_TABLE,
  UPLINK,
} from './uplink-names.ts';

/** The host's key in a NetworkState. */
export const HOST: typeof HostName = '';

const MTU = 1500;

/** The host's ends of all labs' uplinks. */
const LABS = 'nw-*';

const SADDR = { 4: 'ip saddr', 6: 'ip6 saddr' } as const;

/** What a lab's uplink puts on the host. */
export function hostState(model: Model, uplink: Uplink, ipv6: boolean): NamespaceState {
  const { lab, nodes } = model;
  const link = hostLinkName(lab);
  // To another lab's published port it comes as what it is: the host knows the way back.
  const rules = uplink.subnets.map(({ family, network }) =>
    rule(`lab ${lab} to the outside`, match(SADDR[family], '==', network), match('oifname', '!=', LABS), masquerade),
  );
  const publishing = publishingTable(model, uplink);
  const publishes = nodes.some(({ publish }) => publish !== undefined);
  return {
    links: {
      [link]: veth({
        mac: hostLinkMac(lab),
        mtu: MTU,
        ipv6,
        peer: { namespace: lab, name: HOST_PORT },
        addresses: [
          // What passes through the host is looked for among the neighbours by the link-local address.
          ...(uplink.gateways[6] === undefined ? [] : [linkLocalAddress(hostLinkMac(lab))]),
          ...uplink.host.map(globalAddress),
        ],
        inet: { forwarding: true, rpFilter: 0 },
      }),
    },
    routes: publishes && uplink.gateways[6] !== undefined ? [loopbackRoute(lab)] : [],
    rules: [],
    neighbours: [],
    sysctls: {
      ...forwardingSysctls(uplink.gateways[6] !== undefined),
      // Answers to what the loopback sent come in by the link: `publishingTable` lets nothing else follow them.
      ...(publishes && { [`net.ipv4.conf.${link}.route_localnet`]: '1' }),
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

/** What an uplink adds to the lab's own namespace. */
export function labUplink(
  model: Model,
  uplink: Uplink,
  ipv6: boolean,
  bridgeName: (network: Segment) => string,
): Pick<NamespaceState, 'links' | 'routes' | 'sysctls' | 'tables'> {
  const { lab } = model;
  const networks = model.networks.filter(({ internet }) => internet);
  const routed = networks.length > 0;
  const links: Record<string, LinkState> = {
    [UPLINK]: bridge({
      mac: deriveMac(lab, '', '', 'uplink'),
      mtu: MTU,
      ipv6,
      addresses: routed ? uplink.lab.map(globalAddress) : [],
      inet: { forwarding: routed, rpFilter: 0 },
    }),
    [HOST_PORT]: veth({
      mac: deriveMac(lab, '', '', 'port'),
      mtu: MTU,
      ipv6,
      peer: { namespace: HOST, name: hostLinkName(lab) },
      master: UPLINK,
    }),
  };
  if (!routed) return { links, routes: [], sysctls: {}, tables: {} };
  return {
    links,
    routes: defaultRoutes(uplink),
    sysctls: { ...forwardingSysctls(uplink.gateways[6] !== undefined), ...NO_SOURCE_VALIDATION },
    tables: labTable(networks, uplink, bridgeName),
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
    if (sources.length === 0 || !hasWayOut(uplink, family)) return [];
    return [
      rule(
        'networks with internet',
        match(SADDR[family], '==', oneOf(sources)),
        match('oifname', '==', UPLINK),
        masquerade,
      ),
    ];
  });
  return inetTable(LAB_TABLE, {
    postrouting: postrouting(...masquerades),
    forward: forward(
      rule('answers', match('ct state', '==', { anyOf: ['established', 'related'] }), accept),
      // Where br_netfilter is loaded, what stays on a bridge comes by here, too.
      rule('nothing comes in uninvited', match('iifname', '==', UPLINK), match('oifname', '!=', UPLINK), drop),
      ...networks.map((network) =>
        rule(
          `${network.network}: to the outside only`,
          match('iifname', '==', bridgeName(network)),
          match('oifname', '!=', oneOf([bridgeName(network), UPLINK])),
          drop,
        ),
      ),
    ),
  });
}

/** The nftables of a node with an uplink of its own. */
export const nodeUplinkTable = (): Record<string, TableState> =>
  inetTable(LAB_TABLE, {
    postrouting: postrouting(rule('out through the uplink', match('oifname', '==', UPLINK), masquerade)),
  });

const defaultRoutes = (uplink: Uplink): NamespaceState['routes'] =>
  uplink.subnets.map(({ family }) => ({
    type: 'unicast',
    destination: DEFAULT_ROUTE[family],
    gateway: uplink.gateways[family]!,
    device: UPLINK,
  }));
