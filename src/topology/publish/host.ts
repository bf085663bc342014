import { hash64, type Cidr, type Family } from '../../addr/index.ts';
import {
  accept,
  acceptEstablished,
  ADDRESS_TYPE,
  DADDR,
  drop,
  dstnat,
  IP_FAMILY,
  filter,
  filterAt,
  masquerade,
  match,
  NFPROTO_NAME,
  PRIORITY,
  rule,
  SADDR,
  type NftRuleState,
  type RouteState,
  type SetElement,
  type SetState,
  type Statement,
} from '../../state/index.ts';
import { LOOPBACK_ADDRESSES } from '../families.ts';
import { hostLinkName, HOST_LINKS_PATTERN } from '../names.ts';
import type { HostParts, Uplink } from '../uplink/index.ts';
import { hasUplink, type Segment, type WiredNode } from '../wiring/index.ts';
import {
  addressByFamily,
  emptyPublishedMap,
  firewalledSetName,
  publishedElements,
  publishedMapName,
} from './map-elements.ts';
import type { Publication } from './text.ts';

/** The set of the source addresses that can open connections to the outside. */
const withInternet = (family: Family): string => `internet${family}`;

const translated: Statement = match('ct status', 'in', 'dnat');

/** A node with its published ports and its firewall, either of which can be absent. */
export interface PublishingNode extends WiredNode {
  readonly publish: readonly Publication[] | undefined;
  readonly firewall: { readonly chains: { readonly input?: unknown } } | undefined;
}

/** The lab whose nodes publish ports. */
interface Publishing {
  readonly lab: string;
  readonly nodes: readonly PublishingNode[];
  readonly networks: readonly Segment[];
}

/** The state of the host for published ports. The number of rules does not depend on the number of ports. */
export function publishOnHost({ lab, nodes, networks }: Publishing, uplink: Uplink): HostParts {
  const publishing = nodes.filter(({ publish }) => publish !== undefined);
  if (publishing.length === 0) return { chains: {}, sets: {}, postrouting: [], routes: [], sysctls: {} };
  const link = hostLinkName(lab);
  const families = uplink.subnets.map(({ family }) => family);
  const sets: Record<string, SetState> = {};
  for (const family of families)
    for (const byAddress of [false, true])
      sets[publishedMapName(family, byAddress)] = emptyPublishedMap(family, byAddress);
  for (const node of publishing) {
    for (const publication of node.publish!) {
      for (const { name, elements } of publishedElements(publication, node.name, uplink.nodes.get(node)!)) {
        const map = sets[name]!;
        sets[name] = { ...map, elements: [...map.elements, ...elements] };
      }
    }
  }
  const translate = families.flatMap((family): NftRuleState[] => {
    // Only packets to the host itself: it can also forward packets to other hosts' addresses.
    const toHost = match('fib daddr type', '==', 'local');
    return [
      rule('published at one address', toHost, translation(family, true, `meta l4proto . ${DADDR[family]} . th dport`)),
      rule(
        'published at every address',
        match('meta nfproto', '==', NFPROTO_NAME[family]),
        toHost,
        translation(family, false, 'meta l4proto . th dport'),
      ),
    ];
  });
  const withUplink = nodes.filter(hasUplink);
  const guard = publishing.every(({ internet }) => internet) ? [] : rejectWithoutInternet(link, families);
  return {
    chains: {
      prerouting: dstnat(
        'prerouting',
        // With DNAT, the kernel would no longer see the loopback address, and so would not drop the packet.
        rule('no packets to the loopback from other links', match('ip daddr', '==', LOOPBACK_ADDRESSES[4]), {
          verdict: 'return',
        }),
        ...translate,
      ),
      output: dstnat('output', ...translate),
      loopback: filterAt(
        'prerouting',
        PRIORITY.raw,
        rule('only replies to the loopback', fromLab(link), match('ip daddr', '==', LOOPBACK_ADDRESSES[4]), drop),
        rule('no loopback source addresses', fromLab(link), match('ip saddr', '==', LOOPBACK_ADDRESSES[4]), drop),
      ),
      forward: filter(
        'forward',
        acceptEstablished,
        rule(
          'to a published port of a lab',
          fromLab(link),
          match('oifname', '==', HOST_LINKS_PATTERN),
          translated,
          accept,
        ),
        rule('to a published port', match('oifname', '==', link), translated, accept),
        ...uplink.subnets.map(({ family, network }) =>
          rule(
            'not through a published port',
            match('oifname', '==', link),
            match(DADDR[family], '==', network),
            match(DADDR[family], '!=', { set: firewalledSetName(family) }),
            drop,
          ),
        ),
        ...guard,
      ),
      ...(guard.length > 0 && {
        input: filter(
          'input',
          acceptEstablished,
          rule('neighbour discovery', match('meta l4proto', '==', 'ipv6-icmp'), accept),
          ...guard,
        ),
      }),
    },
    sets: {
      ...sets,
      ...firewalledSets(withUplink, uplink),
      ...(guard.length > 0 && internetSets(withUplink, networks, uplink)),
    },
    postrouting: uplink.subnets.flatMap(({ family, network }) => [
      rule(
        'back into the lab by a published port',
        match(SADDR[family], '==', network),
        match('oifname', '==', link),
        translated,
        masquerade,
      ),
      rule(
        "from the host's loopback",
        match(SADDR[family], '==', LOOPBACK_ADDRESSES[family]),
        match('oifname', '==', link),
        masquerade,
      ),
    ]),
    routes: uplink.gateways[6] === undefined ? [] : [loopbackRoute(lab)],
    // Accepts replies to connections from the loopback on the link. The chain `loopback` drops all other packets to it.
    sysctls: { [`net.ipv4.conf.${link}.route_localnet`]: '1' },
  };
}

/** RT_TABLE_LOCAL. */
const LOCAL = 255;

/**
 * The route for replies to the host's ::1. The kernel looks up the route of a loopback address with the input interface
 * (rt6_need_strict of net/ipv6/route.c), so the link needs one. The kernel still drops packets that are sent to ::1.
 */
function loopbackRoute(lab: string): RouteState {
  // The metric distinguishes the routes of different labs, and is higher than that of lo's own route.
  const metric = 0x4000_0000 + (hash64(lab)[0] & 0x3fff_ffff);
  return { type: 'local', destination: '::1/128' as Cidr, device: hostLinkName(lab), metric, table: LOCAL };
}

const translation = (family: Family, byAddress: boolean, by: string): Statement => ({
  dnat: { family: IP_FAMILY[family], address: { map: publishedMapName(family, byAddress), by: by as never } },
});

const fromLab = (link: string): Statement => match('iifname', '==', link);

const addressSet = (family: Family, elements: readonly SetElement[]): SetState => ({
  key: [ADDRESS_TYPE[family]],
  flags: [],
  elements,
});

/**
 * The sets of the addresses of nodes whose own firewall filters input from the uplink. Ports of all other nodes are
 * only reachable as published: otherwise, hosts that route through this host could reach ports that are published only
 * at its loopback.
 */
function firewalledSets(nodes: readonly PublishingNode[], uplink: Uplink): Record<string, SetState> {
  const filtering = nodes.filter(({ firewall }) => firewall?.chains.input !== undefined);
  return Object.fromEntries(
    uplink.subnets.map(({ family }) => [
      firewalledSetName(family),
      addressSet(
        family,
        filtering.flatMap((node) => sourceOf(node.name, uplink.nodes.get(node)!, family)),
      ),
    ]),
  );
}

function sourceOf(comment: string, addresses: readonly Cidr[], family: Family): SetElement[] {
  const address = addressByFamily(addresses)[family];
  return address === undefined ? [] : [{ key: [address], comment }];
}

/** Rejects new connections from publishing nodes without `internet`, which only send replies over the uplink. */
const rejectWithoutInternet = (link: string, families: readonly Family[]): NftRuleState[] =>
  families.map((family) =>
    rule('node without internet', fromLab(link), match(SADDR[family], '!=', { set: withInternet(family) }), {
      reject: { with: 'icmpx admin-prohibited' },
    }),
  );

const internetSets = (
  nodes: readonly PublishingNode[],
  networks: readonly Segment[],
  uplink: Uplink,
): Record<string, SetState> =>
  Object.fromEntries(
    uplink.subnets.map(({ family }) => [
      withInternet(family),
      addressSet(family, [
        ...(networks.some(({ internet }) => internet) ? sourceOf('networks', uplink.lab, family) : []),
        ...nodes
          .filter(({ internet }) => internet)
          .flatMap((node) => sourceOf(node.name, uplink.nodes.get(node)!, family)),
      ]),
    ]),
  );
