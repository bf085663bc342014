import { deriveMac } from '../addr/index.ts';
import { HOST, type LinkState, type NamespaceState, type NftRuleState, type TableState } from '../state/index.ts';
import { egressTable } from './egress.ts';
import { ESSENTIAL_ICMPV6 } from './firewall/index.ts';
import { bridge, routedAddresses, veth } from './links.ts';
import { loopbackGuard } from './loopback-guard.ts';
import { DEFAULT_ROUTE, FAMILIES, type Model, type ModelNode, type Segment } from './model.ts';
import { SADDR, accept, drop, filter, inetTable, masquerade, match, oneOf, postrouting, rule, wordsOf } from './nft.ts';
import { loopbackRoute, noOpenPorts, OPEN_PORTS, openPorts, publishingTable } from './publish.ts';
import { answeringSysctls, forwardingSysctls, NO_SOURCE_VALIDATION } from './sysctls.ts';
import { hasWayOut, type Uplink } from './uplink-plan.ts';
import {
  HOST_PORT,
  hostLinkMac,
  hostLinkName,
  hostTableComment,
  hostTableName,
  LAB_TABLE,
  LABS,
  UPLINK,
} from './uplink-names.ts';

const MTU = 1500;

/** What a lab's uplink puts on the host. */
export function hostState(model: Model, uplink: Uplink, ipv6: boolean): NamespaceState {
  const { lab, nodes } = model;
  const link = hostLinkName(lab);
  const mac = hostLinkMac(lab);
  // To another lab's published port it comes as what it is: the host knows the way back.
  const rules = uplink.subnets.map(({ family, network }) =>
    rule(`lab ${lab} to the outside`, match(SADDR[family], '==', network), match('oifname', '!=', LABS), masquerade),
  );
  const publishing = publishingTable(model, uplink);
  const publishes = nodes.some(({ publish }) => publish !== undefined);
  return {
    links: {
      [link]: veth({
        mac,
        mtu: MTU,
        ipv6,
        peer: { namespace: lab, name: HOST_PORT },
        addresses: routedAddresses(uplink.host, mac),
        inet: { forwarding: true, rpFilter: 0 },
      }),
    },
    routes: publishes && uplink.gateways[6] !== undefined ? [loopbackRoute(lab)] : [],
    rules: [],
    neighbours: [],
    sysctls: {
      ...forwardingSysctls(uplink.gateways[6] !== undefined),
      ...believingNobody(link, ipv6),
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

/**
 * The host is told nothing by the nodes of a lab: no routers, addresses or better ways (RFC 4861, RFC 792), and it takes
 * nobody's word for the way that a packet is to go (RFC 791, 3.1).
 */
const believingNobody = (link: string, ipv6: boolean): Record<string, string> => ({
  [`net.ipv4.conf.${link}.accept_redirects`]: '0',
  [`net.ipv4.conf.${link}.accept_source_route`]: '0',
  ...(ipv6 && {
    [`net.ipv6.conf.${link}.accept_ra`]: '0',
    [`net.ipv6.conf.${link}.autoconf`]: '0',
    [`net.ipv6.conf.${link}.accept_redirects`]: '0',
  }),
});

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
  const mac = deriveMac(lab, '', '', 'uplink');
  const links: Record<string, LinkState> = {
    [UPLINK]: bridge({
      mac,
      mtu: MTU,
      ipv6,
      addresses: routed ? routedAddresses(uplink.lab, mac) : [],
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
  if (!routed) return { links, routes: [], sysctls: {}, tables: loopbackGuard() };
  const tables = {
    ...labTable(networks, uplink, bridgeName),
    ...egressTable(networks, bridgeName),
    ...loopbackGuard(),
  };
  return {
    links,
    routes: defaultRoutes(uplink),
    sysctls: {
      ...forwardingSysctls(uplink.gateways[6] !== undefined),
      ...NO_SOURCE_VALIDATION,
      ...answeringSysctls(tables, ipv6),
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
    if (sources.length === 0 || !hasWayOut(uplink, family)) return [];
    return [
      rule(
        'networks with internet',
        match(SADDR[family], '==', oneOf(wordsOf(sources, family))),
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
      rule('answers', match('ct state', '==', { anyOf: ['established', 'related'] }), accept),
      // Where br_netfilter is loaded, what stays on a bridge comes by here, too.
      rule('nothing comes in uninvited', match('iifname', '==', UPLINK), match('oifname', '!=', UPLINK), drop),
      rule(
        'networks with internet: to the outside only',
        match('iifname', '==', oneOf(bridges.toSorted())),
        match('iifname . oifname', '!=', { set: WAYS }),
        drop,
      ),
    ),
  };
  const ways = bridges.flatMap((name) => [name, UPLINK].map((to) => ({ key: [name, to] })));
  return inetTable(LAB_TABLE, chains, undefined, { [WAYS]: { key: ['ifname', 'ifname'], flags: [], elements: ways } });
}

/** The set of the ways that packets may take through the lab's own namespace, uninvited. */
const WAYS = 'ways';

/** Whether the members of a network may begin connections to the outside, by the rules that a lab's own namespace has. */
export const leadsOut = ({ tables }: Pick<NamespaceState, 'tables'>, bridge: string): boolean =>
  tables[`inet ${LAB_TABLE}`]?.sets[WAYS]?.elements.some(({ key: [from, to] }) => from === bridge && to === UPLINK) ===
  true;

/**
 * The nftables of a node with an uplink of its own: masquerading, and a guard that lets nothing in uninvited but to the
 * ports that the node publishes. Where the node's firewall says what may come in, that is what counts.
 */
export function nodeUplinkTable({ firewall, internet, publish = [] }: ModelNode): Record<string, TableState> {
  const guard = rule('what comes in by the uplink', match('iifname', '==', UPLINK), { jump: GUARD });
  const guarded = (['input', 'forward'] as const).filter((hook) => firewall?.chains[hook] === undefined);
  if (!internet && guarded.length === 0) return {};
  const chains = {
    ...(internet && {
      postrouting: postrouting(rule('out through the uplink', match('oifname', '==', UPLINK), masquerade)),
    }),
    ...Object.fromEntries(guarded.map((hook) => [hook, filter(hook, guard)])),
    ...(guarded.length > 0 && {
      [GUARD]: {
        rules: [
          rule('answers', match('ct state', '==', { anyOf: ['established', 'related'] }), accept),
          rule('published ports', match('meta l4proto . th dport', 'in', { set: OPEN_PORTS }), accept),
          rule('what IPv6 needs (RFC 4890)', match('icmpv6 type', '==', oneOf(ESSENTIAL_ICMPV6)), accept),
          rule('nothing comes in uninvited', drop),
        ],
      },
    }),
  };
  const sets = guarded.length > 0 ? { [OPEN_PORTS]: { ...noOpenPorts, elements: openPorts(publish) } } : {};
  return inetTable(LAB_TABLE, chains, undefined, sets);
}

/** The chain of a node's uplink table that judges what comes in by it. */
const GUARD = 'uplink';

const defaultRoutes = (uplink: Uplink): NamespaceState['routes'] =>
  uplink.subnets.map(({ family }) => ({
    type: 'unicast',
    destination: DEFAULT_ROUTE[family],
    gateway: uplink.gateways[family]!,
    device: UPLINK,
  }));
