import { addressOf, cidr, familyOf, hash64, type Cidr, type Family, type Ip } from '../addr/index.ts';
import type {
  ChainState,
  RouteState,
  NamespaceState,
  NftRuleState,
  SetElement,
  SetState,
  Statement,
} from '../state/index.ts';
import type { Issues } from '../format/index.ts';
import { DEFAULT_ROUTE, FAMILIES, hasUplink, type Model, type ModelNode, type Segment } from './model.ts';
import { DADDR, SADDR, accept, drop, dstnat, filter, filterAt, masquerade, match, rule } from './nft.ts';
import { parsePublication, publicationText, type Publication, type PortProtocol } from './publish-text.ts';
import type { Uplink } from './uplink-plan.ts';
import { hostLinkName, LABS, UPLINK } from './uplink-names.ts';

/** Reads what nodes publish, and refuses a port that two of them do. */
export function resolvePublications(
  nodes: readonly ModelNode[],
  texts: (node: ModelNode) => readonly string[] | undefined,
  issues: Issues,
): void {
  const taken = new Taken();
  for (const node of nodes) {
    for (const [i, text] of (texts(node) ?? []).entries()) {
      const publication = parsePublication(text);
      const owner = taken.take(publication, node.name);
      if (owner !== undefined)
        issues.add([...node.path, 'publish', i], `${owner.port} of the host is published by "${owner.name}" already`);
      node.publish!.push(publication);
    }
  }
}

/** Who publishes which port, at every address or at one. */
class Taken {
  readonly #owners = new Map<string, { readonly name: string; readonly addresses: Map<Ip | undefined, string> }>();

  /** The owner of a port that the publication would take from it. */
  take(
    { protocol, family, address, hostPort, count }: Publication,
    name: string,
  ): { name: string; port: string } | undefined {
    let clash: { name: string; port: string } | undefined;
    for (const version of family === undefined ? FAMILIES : [family]) {
      for (let port = hostPort; port < hostPort + count; port++) {
        const key = `${version} ${protocol} ${port}`;
        const present = this.#owners.get(key);
        if (present === undefined) this.#owners.set(key, { name, addresses: new Map([[address, name]]) });
        else {
          const overlaps = address === undefined || present.addresses.has(undefined);
          const owner = overlaps ? present.name : present.addresses.get(address);
          if (owner !== undefined) clash ??= { name: owner, port: `port ${port}/${protocol}` };
          present.addresses.set(address, name);
        }
      }
    }
    return clash;
  }
}

// --- the host's side -----------------------------------------------------------------------------------------------

const FAMILY_WORD = { 4: 'ip', 6: 'ip6' } as const;
const ADDRESS_TYPE = { 4: 'ipv4_addr', 6: 'ipv6_addr' } as const;
const NFPROTO = { 4: 'ipv4', 6: 'ipv6' } as const;

/** The maps of a lab's table on the host: what is published at every address, and what is at one. */
export const publishedMap = (family: Family, atOne: boolean): string => `published${family}${atOne ? '-at' : ''}`;

/** The set of the sources that may begin connections. */
const withInternet = (family: Family): string => `internet${family}`;

/** The set of the nodes whose own firewall filters what comes in by their uplink. */
export const firewalled = (family: Family): string => `firewalled${family}`;

export const emptyPublishedMap = (family: Family, atOne: boolean): SetState => ({
  key: atOne ? ['inet_proto', ADDRESS_TYPE[family], 'inet_service'] : ['inet_proto', 'inet_service'],
  value: [ADDRESS_TYPE[family], 'inet_service'],
  flags: [],
  elements: [],
});

/** Elements of one of a table's maps. */
export interface PublishedElements {
  readonly name: string;
  readonly family: Family;
  /** What the map is; empty. */
  readonly map: SetState;
  readonly elements: readonly SetElement[];
}

/** What a node's publication adds to the maps of its lab's table: one element a port, which says whose it is. */
export function publishedElements(
  publication: Publication,
  node: string,
  addresses: readonly Cidr[],
): PublishedElements[] {
  const { protocol, family, address, hostPort, nodePort, count } = publication;
  const targets = byFamily(addresses);
  return (family === undefined ? FAMILIES : [family]).flatMap((version) => {
    const target = targets[version];
    if (target === undefined) return [];
    const atOne = address !== undefined;
    const elements = Array.from({ length: count }, (_, i): SetElement => ({
      key: atOne ? [protocol, address, hostPort + i] : [protocol, hostPort + i],
      value: [target, nodePort + i],
      comment: node,
    }));
    return [{ name: publishedMap(version, atOne), family: version, map: emptyPublishedMap(version, atOne), elements }];
  });
}

const byFamily = (addresses: readonly Cidr[]): Partial<Record<Family, Ip>> =>
  Object.fromEntries(addresses.map((address) => [familyOf(address), addressOf(address)]));

/** A port that a table on the host publishes. */
export interface PublishedPort extends Publication {
  readonly node?: string;
  readonly target: Ip;
}

/** An element of one of the maps, as what it publishes; undefined for one that is none of ours. */
export function publicationOf(map: string, { key, value, comment }: SetElement): PublishedPort | undefined {
  const [, version, atOne] = /^published([46])(-at)?$/.exec(map) ?? [];
  const [protocol, ...rest] = key;
  const port = rest.at(-1);
  const [target, nodePort] = value ?? [];
  if (version === undefined || typeof port !== 'number' || typeof nodePort !== 'number') return undefined;
  return {
    protocol: protocol as PortProtocol,
    family: version === '4' ? 4 : 6,
    ...(atOne === undefined ? {} : { address: rest[0] as Ip }),
    hostPort: port,
    nodePort,
    count: 1,
    ...(comment === undefined ? {} : { node: comment }),
    target: target as Ip,
  };
}

const LOOPBACK = { 4: '127.0.0.0/8', 6: '::1' } as const;
const translated: Statement = match('ct status', 'in', 'dnat');
const answers = (): NftRuleState =>
  rule('answers', match('ct state', '==', { anyOf: ['established', 'related'] }), accept);

/** What publishing puts into a lab's table on the host. The rules are the same however many ports there are. */
export function publishingTable(
  { lab, nodes, networks }: Model,
  uplink: Uplink,
): {
  readonly chains: Record<string, ChainState>;
  readonly sets: Record<string, SetState>;
  readonly postrouting: readonly NftRuleState[];
} {
  const publishing = nodes.filter(({ publish }) => publish !== undefined);
  if (publishing.length === 0) return { chains: {}, sets: {}, postrouting: [] };
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
        match('meta nfproto', '==', NFPROTO[family]),
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
        rule('the loopback is not reached from elsewhere', match('ip daddr', '==', LOOPBACK[4]), { verdict: 'return' }),
        ...translate,
      ),
      output: dstnat('output', ...translate),
      loopback: filterAt(
        'prerouting',
        BEFORE_TRACKING,
        rule('only answers lead to the loopback', fromLab(link), match('ip daddr', '==', LOOPBACK[4]), drop),
        rule('nobody sends as the loopback', fromLab(link), match('ip saddr', '==', LOOPBACK[4]), drop),
      ),
      forward: filter(
        'forward',
        answers(),
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
          answers(),
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
        match(SADDR[family], '==', LOOPBACK[family]),
        match('oifname', '==', link),
        masquerade,
      ),
    ]),
  };
}

/** RT_TABLE_LOCAL. */
const LOCAL = 255;

/**
 * What leads answers to the host's ::1 there: the kernel takes a loopback address only where a route says that the
 * interface it came by has it (rt6_need_strict of net/ipv6/route.c), and drops packets that are sent to one themselves.
 */
export function loopbackRoute(lab: string): RouteState {
  // Routes are told apart by their metrics: each lab has one of its own, below that of the loopback.
  const metric = 0x4000_0000 + (hash64(lab)[0] & 0x3fff_ffff);
  return { type: 'local', destination: '::1/128' as Cidr, device: hostLinkName(lab), metric, table: LOCAL };
}

/** nft's priority `raw`, before connections are tracked. */
const BEFORE_TRACKING = -300;

const translation = (family: Family, atOne: boolean, by: string): Statement => ({
  dnat: { family: FAMILY_WORD[family], address: { map: publishedMap(family, atOne), by: by as never } },
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
function firewalledSets(nodes: readonly ModelNode[], uplink: Uplink): Record<string, SetState> {
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
  nodes: readonly ModelNode[],
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

// --- the node's side -----------------------------------------------------------------------------------------------

/** The set of a node's uplink table that holds the ports it publishes: the guard of its uplink lets those in. */
export const OPEN_PORTS = 'published';

export const noOpenPorts: SetState = { key: ['inet_proto', 'inet_service'], flags: [], elements: [] };

/** The elements of {@link OPEN_PORTS} for what a node publishes: each port once, in order. */
export function openPorts(publications: readonly Publication[]): SetElement[] {
  const ports = new Map<string, readonly [protocol: string, port: number]>();
  for (const { protocol, nodePort, count } of publications)
    for (let port = nodePort; port < nodePort + count; port++) ports.set(`${protocol} ${port}`, [protocol, port]);
  return [...ports.values()].toSorted(([a, m], [b, n]) => (a === b ? m - n : a < b ? -1 : 1)).map((key) => ({ key }));
}

/** The routing table of what leaves with the uplink's address: answers go back the way that questions came. */
export const PUBLISH_TABLE = 28279;
const PRIORITY = 1000;

/** Rules and routes of a node that publishes: whatever its default route, it answers through the uplink. */
export function answeringRoutes(
  addresses: readonly Cidr[],
  gateways: Uplink['gateways'],
): Pick<NamespaceState, 'rules' | 'routes'> {
  const own = addresses.map((address) => ({ family: familyOf(address), ip: addressOf(address) }));
  return {
    rules: own.map(({ family, ip }) => ({
      family,
      priority: PRIORITY,
      from: cidr(ip, family === 4 ? 32 : 128),
      action: 'table',
      table: PUBLISH_TABLE,
    })),
    routes: own.flatMap(({ family }) => {
      const gateway = gateways[family];
      if (gateway === undefined) return [];
      return [{ type: 'unicast', destination: DEFAULT_ROUTE[family], gateway, device: UPLINK, table: PUBLISH_TABLE }];
    }),
  };
}

/** Publications of single ports as few as say the same: ranges, and both families in one. */
export function mergedPublications(publications: readonly Publication[], families: readonly Family[]): string[] {
  const groups = new Map<string, Map<string, Publication & { families: Set<Family> }>>();
  for (const one of publications) {
    const { protocol, family, address, hostPort, nodePort } = one;
    const group = `${protocol} ${address ?? ''} ${nodePort - hostPort}`;
    const ports = groups.get(group) ?? groups.set(group, new Map()).get(group)!;
    const present = ports.get(`${hostPort}`);
    if (present === undefined)
      ports.set(`${hostPort}`, { ...one, families: new Set(family === undefined ? families : [family]) });
    else if (family !== undefined) present.families.add(family);
  }
  const found: Publication[] = [];
  for (const ports of groups.values()) {
    let last: (Publication & { key: string }) | undefined;
    for (const { families: seen, ...port } of [...ports.values()].toSorted((a, b) => a.hostPort - b.hostPort)) {
      const both = port.address === undefined && families.every((family) => seen.has(family));
      const { family: _, ...plain } = port;
      const [only] = seen;
      const key = both ? '' : String(only);
      if (last?.key === key && last.hostPort + last.count === port.hostPort) {
        last = { ...last, count: last.count + 1 };
        found[found.length - 1] = last;
      } else {
        last = { ...plain, ...(both ? {} : { family: only! }), key };
        found.push(last);
      }
    }
  }
  return found.map(publicationText);
}
