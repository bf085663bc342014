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
import { hostLinkName, LABS } from '../names.ts';
import type { HostParts, Uplink } from '../uplink/index.ts';
import { hasUplink, type Segment, type WiredNode } from '../wiring/index.ts';
import { byFamily, emptyPublishedMap, firewalled, publishedElements, publishedMap } from './maps.ts';
import type { Publication } from './text.ts';

/** The set of the sources that may begin connections. */
const withInternet = (family: Family): string => `internet${family}`;

const translated: Statement = match('ct status', 'in', 'dnat');

/** A node that may publish, and may filter what comes in by its uplink. */
export interface PublishingNode extends WiredNode {
  readonly publish: readonly Publication[] | undefined;
  readonly firewall: { readonly chains: { readonly input?: unknown } } | undefined;
}

/** The nodes of a lab that publish. */
interface Publishing {
  readonly lab: string;
  readonly nodes: readonly PublishingNode[];
  readonly networks: readonly Segment[];
}

/** What publishing puts on the host. The rules are the same however many ports there are. */
export function publishOnHost({ lab, nodes, networks }: Publishing, uplink: Uplink): HostParts {
  const publishing = nodes.filter(({ publish }) => publish !== undefined);
  if (publishing.length === 0) return { chains: {}, sets: {}, postrouting: [], routes: [], sysctls: {} };
  const link = hostLinkName(lab);
  const families = uplink.subnets.map(({ family }) => family);
  const sets: Record<string, SetState> = {};
  for (const family of families)
    for (const atOne of [false, true]) sets[publishedMap(family, atOne)] = emptyPublishedMap(family, atOne);
  for (const node of publishing) {
    for (const publication of node.publish!) {
      for (const { name, elements } of publishedElements(publication, node.name, uplink.nodes.get(node)!)) {
        const map = sets[name]!;
        sets[name] = { ...map, elements: [...map.elements, ...elements] };
      }
    }
  }
  const translate = families.flatMap((family): NftRuleState[] => {
    // What only passes through on its way to somebody else is not ours, also where its address is published at.
    const toThisMachine = match('fib daddr type', '==', 'local');
    return [
      rule(
        'published at one address',
        toThisMachine,
        translation(family, true, `meta l4proto . ${DADDR[family]} . th dport`),
      ),
      rule(
        'published at every address',
        match('meta nfproto', '==', NFPROTO_NAME[family]),
        toThisMachine,
        translation(family, false, 'meta l4proto . th dport'),
      ),
    ];
  });
  const withUplink = nodes.filter(hasUplink);
  const guard = publishing.every(({ internet }) => internet) ? [] : hasNoInternet(link, families);
  return {
    chains: {
      prerouting: dstnat(
        'prerouting',
        // Translated, it would not be the address any more that the kernel drops.
        rule('the loopback is not reached from elsewhere', match('ip daddr', '==', LOOPBACK_ADDRESSES[4]), {
          verdict: 'return',
        }),
        ...translate,
      ),
      output: dstnat('output', ...translate),
      loopback: filterAt(
        'prerouting',
        PRIORITY.raw,
        rule('only answers lead to the loopback', fromLab(link), match('ip daddr', '==', LOOPBACK_ADDRESSES[4]), drop),
        rule('nobody sends as the loopback', fromLab(link), match('ip saddr', '==', LOOPBACK_ADDRESSES[4]), drop),
      ),
      forward: filter(
        'forward',
        acceptEstablished,
        rule('to a published port of a lab', fromLab(link), match('oifname', '==', LABS), translated, accept),
        rule('to a published port', match('oifname', '==', link), translated, accept),
        ...uplink.subnets.map(({ family, network }) =>
          rule(
            'past the published ports',
            match('oifname', '==', link),
            match(DADDR[family], '==', network),
            match(DADDR[family], '!=', { set: firewalled(family) }),
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
    // Answers to what the loopback sent come in by the link: the chain `loopback` lets nothing else follow them.
    sysctls: { [`net.ipv4.conf.${link}.route_localnet`]: '1' },
  };
}

/** RT_TABLE_LOCAL. */
const LOCAL = 255;

/**
 * What leads answers to the host's ::1 there: the kernel takes a loopback address only where a route says that the
 * interface it came by has it (rt6_need_strict of net/ipv6/route.c), and drops packets that are sent to one themselves.
 */
function loopbackRoute(lab: string): RouteState {
  // Routes are told apart by their metrics: each lab has one of its own, below that of the loopback.
  const metric = 0x4000_0000 + (hash64(lab)[0] & 0x3fff_ffff);
  return { type: 'local', destination: '::1/128' as Cidr, device: hostLinkName(lab), metric, table: LOCAL };
}

const translation = (family: Family, atOne: boolean, by: string): Statement => ({
  dnat: { family: IP_FAMILY[family], address: { map: publishedMap(family, atOne), by: by as never } },
});

const fromLab = (link: string): Statement => match('iifname', '==', link);

const addressSet = (family: Family, elements: readonly SetElement[]): SetState => ({
  key: [ADDRESS_TYPE[family]],
  flags: [],
  elements,
});

/**
 * The sets of a lab's table that hold the addresses of nodes whose own firewall says what may come in by the uplink. For
 * the others' ports there is no way but the published one: what is published at the host's loopback alone would otherwise
 * be open to whoever routes through the host.
 */
function firewalledSets(nodes: readonly PublishingNode[], uplink: Uplink): Record<string, SetState> {
  const filtering = nodes.filter(({ firewall }) => firewall?.chains.input !== undefined);
  return Object.fromEntries(
    uplink.subnets.map(({ family }) => [
      firewalled(family),
      addressSet(
        family,
        filtering.flatMap((node) => sourceOf(node.name, uplink.nodes.get(node)!, family)),
      ),
    ]),
  );
}

function sourceOf(comment: string, addresses: readonly Cidr[], family: Family): SetElement[] {
  const address = byFamily(addresses)[family];
  return address === undefined ? [] : [{ key: [address], comment }];
}

/** In a lab where not every node on the uplink has internet, the others answer by it, and that is all. */
const hasNoInternet = (link: string, families: readonly Family[]): NftRuleState[] =>
  families.map((family) =>
    rule('has no internet', fromLab(link), match(SADDR[family], '!=', { set: withInternet(family) }), {
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
