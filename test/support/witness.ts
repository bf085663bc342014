import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { networkOf } from '../../src/addr/index.ts';
import { findKind } from '../../src/kinds/index.ts';
import {
  HOST,
  type LinkState,
  type NamespaceState,
  type NetworkState,
  type RouteState,
  type RuleState,
} from '../../src/state/index.ts';
import { attempt, feed, ipAnswers, ipBatch, parseList, quote, run, runAllIn } from './command.ts';
import { labName } from './names.ts';
import { withoutHandles, type NftItem } from './nft-json.ts';
import { nftText } from './nft-text.ts';
import { seenOptions, seenPortOptions } from './link-words.ts';

/*
 * What `ip`, `bridge`, `nft` and `sysctl` see of a lab, and what a NetworkState says, both in the same plain words, so
 * that they can be compared. None of Netwright's own readers is used.
 */

/** What a namespace holds. Lists are in the order of their texts. */
interface Seen {
  readonly links: Readonly<Record<string, SeenLink>>;
  readonly routes: readonly string[];
  readonly rules: readonly string[];
  readonly neighbours: readonly string[];
  readonly sysctls: Readonly<Record<string, string>>;
  readonly tables: readonly unknown[];
  readonly files: Readonly<Record<string, string>>;
}

interface SeenLink {
  readonly kind: string;
  readonly up: boolean;
  readonly mtu: number;
  readonly mac: string | undefined;
  readonly master: string | undefined;
  readonly peer: string | undefined;
  readonly altNames: readonly string[];
  readonly addresses: readonly string[];
  /** The addresses that packets may come from, with the one that is taken first in front; of each family and scope. */
  readonly sources: readonly string[];
  readonly inet: string | undefined;
  readonly acceptRedirects: string | undefined;
  readonly inet6: string | undefined;
  readonly addrGenMode: string | undefined;
  readonly group: number | undefined;
  readonly lower: string | undefined;
  readonly options: Readonly<Record<string, unknown>>;
  readonly port: Readonly<Record<string, unknown>>;
}

/** Compares the kernel, as other programs see it, with what a lab should be. */
export function assertKernelIs(
  lab: string,
  wanted: NetworkState,
  message = 'the kernel differs from the description',
): void {
  const names = Object.keys(wanted.namespaces);
  const pinned = readdirSync('/run/netns').filter((name) => name === lab || name.startsWith(`${lab}.`));
  assert.deepEqual(
    pinned.toSorted(),
    names.filter((name) => name !== HOST).toSorted(),
    `${message}: the namespaces under /run/netns`,
  );
  assert.deepEqual(
    readdirSync('/etc/netns')
      .filter((name) => name === lab || name.startsWith(`${lab}.`))
      .toSorted(),
    names.filter((name) => Object.keys(wanted.namespaces[name]!.files).length > 0).toSorted(),
    `${message}: the folders under /etc/netns`,
  );
  assertSame(look(wanted), wanted, message);
}

/** Compares two descriptions: of each link what `wanted` says, of everything else that there is nothing more. */
export function assertStateIs(actual: NetworkState, wanted: NetworkState, message: string): void {
  // Of the host there is always something to read, if only that nothing is the lab's.
  const host = wanted.namespaces[HOST] ?? NOTHING;
  assertSame(describe(actual), { namespaces: { ...wanted.namespaces, [HOST]: host } }, message);
}

const NOTHING: NamespaceState = {
  links: {},
  routes: [],
  rules: [],
  neighbours: [],
  sysctls: {},
  tables: {},
  files: {},
};

function assertSame(actual: Record<string, Seen>, wanted: NetworkState, message: string): void {
  const expected = describe(wanted);
  assert.deepEqual(Object.keys(actual).toSorted(), Object.keys(expected).toSorted(), `${message}: the namespaces`);
  for (const [name, namespace] of Object.entries(expected)) {
    const { links, ...rest } = actual[name]!;
    const { links: expectedLinks, ...expectedRest } = namespace;
    const asked = Object.fromEntries(
      Object.entries(links).map(([link, seen]) => [link, asFarAs(expectedLinks[link], seen)]),
    );
    assert.deepEqual(asked, expectedLinks, `${message}: the links of "${name}"`);
    assert.deepEqual(rest, expectedRest, `${message}: in "${name}"`);
  }
}

/** What a description of a link need not say is as the kernel likes. */
const asFarAs = (wanted: SeenLink | undefined, seen: SeenLink): SeenLink =>
  wanted === undefined
    ? seen
    : {
        ...seen,
        inet: wanted.inet === undefined ? undefined : seen.inet,
        acceptRedirects: wanted.acceptRedirects === undefined ? undefined : seen.acceptRedirects,
        inet6: wanted.inet6 === undefined ? undefined : seen.inet6,
        addrGenMode: wanted.addrGenMode === undefined ? undefined : seen.addrGenMode,
        mac: wanted.mac === undefined ? undefined : seen.mac,
        group: wanted.group === undefined ? undefined : seen.group,
        options: Object.fromEntries(Object.keys(wanted.options).map((name) => [name, seen.options[name]])),
        port: Object.fromEntries(Object.keys(wanted.port).map((name) => [name, seen.port[name]])),
      };

// --- what the state says ---------------------------------------------------------------------------------------------

/** The same words for what a state says: of the kernel's own loopback routes and rules it says nothing. */
function describe(state: NetworkState): Record<string, Seen> {
  return Object.fromEntries(
    Object.entries(state.namespaces).map(([name, namespace]) => [
      name,
      {
        links: Object.fromEntries(Object.entries(namespace.links).map(([link, value]) => [link, describeLink(value)])),
        routes: namespace.routes.map(routeText).toSorted(),
        rules: namespace.rules.map(ruleText).toSorted(),
        neighbours: namespace.neighbours.map(({ device, address, mac }) => `${address} ${device} ${mac}`).toSorted(),
        // The kernel gives blanks back as it likes.
        sysctls: Object.fromEntries(
          Object.entries(namespace.sysctls).map(([key, value]) => [key, value.trim().replaceAll(/\s+/g, ' ')]),
        ),
        tables: tablesOf(expectedRuleset(namespace)),
        files: namespace.files,
      },
    ]),
  );
}

function describeLink(link: LinkState): SeenLink {
  return {
    kind: link.kind,
    up: link.up,
    mtu: link.mtu,
    mac: link.mac,
    master: link.master,
    peer: link.peer === undefined ? undefined : `${link.peer.name} in "${link.peer.namespace}"`,
    altNames: (link.altNames ?? []).toSorted(),
    addresses: link.addresses
      .map(({ address, peer, scope }) => addressText(address, peer, scope, broadcastText(address, peer)))
      .toSorted(),
    sources: byScope(withoutSecondary(link.addresses)),
    inet:
      link.inet === undefined
        ? undefined
        : `forwarding ${link.inet.forwarding ? 1 : 0} rp_filter ${link.inet.rpFilter}`,
    acceptRedirects: link.inet?.acceptRedirects === undefined ? undefined : link.inet.acceptRedirects ? '1' : '0',
    inet6:
      link.ipv6Off === true
        ? 'off'
        : link.inet6 &&
          `accept_ra ${link.inet6.acceptRa} autoconf ${link.inet6.autoconf} accept_redirects ${link.inet6.acceptRedirects}`,
    addrGenMode: link.addrGenMode,
    group: link.group,
    lower: link.lower === undefined ? undefined : lowerText(link.lower.name, link.lower.namespace),
    options: link.options ?? {},
    port: link.port ?? {},
  };
}

const lowerText = (name: string, namespace?: string): string =>
  namespace === undefined ? name : `${name} in "${namespace}"`;

/** Without those of IPv4 that come after another one of their subnet: the kernel takes the first. */
function withoutSecondary(addresses: LinkState['addresses']): { address: string; scope: string }[] {
  const subnets = new Set<string>();
  return addresses.flatMap(({ address, scope = 'global' }) => {
    const subnet = networkOf(address);
    if (!address.includes(':') && subnets.has(subnet)) return [];
    subnets.add(subnet);
    return [{ address, scope }];
  });
}

/** Families and scopes are ordered each for itself. */
const byScope = (addresses: readonly { readonly address: string; readonly scope: string }[]): string[] =>
  addresses
    .map(({ address, scope }) => ({ address, group: `${address.includes(':') ? 6 : 4} ${scope}` }))
    .toSorted((a, b) => (a.group < b.group ? -1 : a.group > b.group ? 1 : 0))
    .map(({ address, group }) => `${group} ${address}`);

/** The broadcast address that an interface has: one for every subnet of IPv4 that is larger than a cable's. */
function broadcastText(address: string, peer: string | undefined): string {
  const [ip, length] = address.split('/') as [string, string];
  if (ip.includes(':') || peer !== undefined || Number(length) > 30) return '';
  const value = ip.split('.').reduce((sum, byte) => 256 * sum + Number(byte), 0);
  const size = 2 ** (32 - Number(length));
  const last = Math.floor(value / size) * size + size - 1;
  return ` brd ${[24, 16, 8, 0].map((shift) => Math.floor(last / 2 ** shift) % 256).join('.')}`;
}

const addressText = (address: string, peer: string | undefined, scope = 'global', flags = ''): string =>
  `${address}${peer === undefined ? '' : ` peer ${peer}`} ${scope}${flags}`;

/** A route in words, each with its default filled in. */
interface RouteWords {
  readonly type: string;
  readonly destination: string;
  readonly gateway?: string | undefined;
  readonly device?: string | undefined;
  readonly source?: string | undefined;
  readonly metric: number;
  readonly mtu?: number | undefined;
  readonly table: number;
  readonly flags: readonly string[];
  readonly nexthops: readonly string[];
}

const MAIN = 254;
const IPV6_METRIC = 1024;

const isIpv6 = (text: string): boolean => text.includes(':');

/** One spelling for all: the members in a fixed order, absent ones left out. */
const routeWords = ({
  type,
  destination,
  gateway,
  device,
  source,
  metric,
  mtu,
  table,
  flags,
  nexthops,
}: RouteWords): string =>
  JSON.stringify({
    type,
    destination,
    gateway,
    device,
    source,
    metric,
    mtu,
    table,
    flags,
    nexthops: nexthops.toSorted(),
  });

const hopText = (gateway: string | undefined, device: string | undefined, weight: number): string =>
  `via ${gateway ?? '-'} dev ${device ?? '-'} weight ${weight}`;

const routeText = (route: RouteState): string =>
  routeWords({
    type: route.type,
    destination: route.destination,
    gateway: route.gateway,
    device: route.device,
    source: route.source,
    metric: (route.metric ?? 0) === 0 && isIpv6(route.destination) ? IPV6_METRIC : (route.metric ?? 0),
    mtu: route.mtu,
    table: route.table ?? MAIN,
    flags: route.onlink === true ? ['onlink'] : [],
    nexthops: (route.nexthops ?? []).map(({ gateway, device, weight }) => hopText(gateway, device, weight)),
  });

const ruleText = (rule: RuleState): string => {
  if (rule.mark !== undefined || rule.action !== 'table') throw new Error('this witness does not know such rules yet');
  return JSON.stringify({
    family: rule.family,
    priority: rule.priority,
    from: rule.from ?? 'all',
    to: rule.to,
    iif: rule.iif,
    oif: rule.oif,
    table: rule.table,
  });
};

// --- what other programs see -----------------------------------------------------------------------------------------

interface IpLink {
  readonly ifindex?: number;
  readonly ifname: string;
  readonly flags: readonly string[];
  readonly mtu: number;
  readonly link_type: string;
  readonly address: string;
  readonly master?: string;
  readonly altnames?: readonly string[];
  readonly link_index?: number;
  readonly link?: string;
  readonly link_netnsid?: number;
  readonly group?: string;
  readonly linkinfo?: {
    readonly info_kind?: string;
    readonly info_data?: Readonly<Record<string, unknown>>;
    readonly info_slave_kind?: string;
    readonly info_slave_data?: Readonly<Record<string, unknown>>;
  };
  readonly inet6_addr_gen_mode?: string;
}

interface IpAddresses {
  readonly ifname: string;
  readonly addr_info: readonly {
    readonly local: string;
    readonly address?: string;
    readonly prefixlen: number;
    readonly scope: string;
    readonly tentative?: boolean;
    readonly dadfailed?: boolean;
    readonly dynamic?: boolean;
    readonly secondary?: boolean;
    readonly broadcast?: string;
  }[];
}

interface IpRoute {
  readonly type: string;
  readonly dst: string;
  readonly gateway?: string;
  readonly via?: { readonly host: string };
  readonly dev?: string;
  readonly prefsrc?: string;
  readonly metric?: number;
  readonly metrics?: readonly { readonly mtu?: number }[];
  readonly table?: string;
  readonly protocol: string;
  readonly flags: readonly string[];
  readonly nexthops?: readonly {
    readonly gateway?: string;
    readonly dev?: string;
    readonly weight: number;
    readonly flags: readonly string[];
  }[];
}

interface IpRule {
  readonly priority: number;
  readonly src: string;
  readonly srclen?: number;
  readonly dst?: string;
  readonly dstlen?: number;
  readonly iif?: string;
  readonly oif?: string;
  readonly table?: string;
  readonly protocol?: string;
}

interface IpNeighbour {
  readonly dst: string;
  readonly dev: string;
  readonly lladdr: string;
}

/** A port as `bridge` has it: its settings by their names there. */
type BridgePort = Readonly<Record<string, unknown>> & { readonly ifname: string; readonly master?: string };

interface Sheets {
  readonly links: readonly IpLink[];
  readonly addresses: readonly IpAddresses[];
  readonly routes: { readonly 4: readonly IpRoute[]; readonly 6: readonly IpRoute[] };
  readonly rules: { readonly 4: readonly IpRule[]; readonly 6: readonly IpRule[] };
  readonly neighbours: readonly IpNeighbour[];
  /** Names of namespaces by the numbers this one knows them by. */
  readonly numbers: ReadonlyMap<number, string>;
  /** By name. */
  readonly ports: ReadonlyMap<string, BridgePort>;
  readonly ruleset: readonly NftItem[];
  readonly sysctls: ReadonlyMap<string, string>;
}

/** What each namespace of `wanted` holds; of the host, what is called as `wanted` says. */
function look(wanted: NetworkState): Record<string, Seen> {
  const all = Object.entries(wanted.namespaces);
  const said = runAllIn(all.map(([name, state]) => ({ name, commands: commandsFor(state) })));
  const sheets = new Map(all.map(([name], i) => [name, parseSheets(said[i]!)]));
  return Object.fromEntries(
    all.map(([name, state]) => {
      const sheet = sheets.get(name)!;
      const onHost = name === HOST;
      const links = sheet.links.filter(({ ifname }) => !onHost || state.links[ifname] !== undefined);
      const seen: Seen = {
        links: Object.fromEntries(links.map((link) => [link.ifname, seenLink(link, name, sheets)])),
        routes: onHost
          ? []
          : ([4, 6] as const)
              .flatMap((family) => sheet.routes[family].filter(isConfigured).map((route) => seenRoute(route, family)))
              .toSorted(),
        rules: onHost
          ? []
          : ([4, 6] as const)
              .flatMap((family) => sheet.rules[family].filter(isOwnRule).map((rule) => seenRule(rule, family)))
              .toSorted(),
        neighbours: onHost ? [] : sheet.neighbours.map(({ dst, dev, lladdr }) => `${dst} ${dev} ${lladdr}`).toSorted(),
        sysctls: Object.fromEntries(Object.keys(state.sysctls).map((key) => [key, sheet.sysctls.get(key) ?? 'none'])),
        tables: tablesOf(onHost ? ofTables(sheet.ruleset, state) : sheet.ruleset),
        files: filesOf(name),
      };
      return [name, seen];
    }),
  );
}

function commandsFor(state: NamespaceState): string[] {
  const settings = [...Object.keys(state.sysctls), ...Object.keys(state.links).flatMap(inetSettings)];
  return [
    ipBatch('-d -4', [...OF_FAMILY, 'link', 'netns list-id']),
    ipBatch('-d -6', OF_FAMILY),
    'bridge -j -d link',
    'nft -j list ruleset',
    `sysctl -e ${settings.map(quote).join(' ')}`,
  ];
}

/** What is asked for IPv4 and for IPv6, in one process each: to start takes longer than to answer. */
const OF_FAMILY = ['address', 'neighbour show nud permanent', 'route show table all', 'rule'];

const inetSettings = (link: string): string[] => [
  ...['forwarding', 'rp_filter', 'accept_redirects'].map(
    (setting) => `net.ipv4.conf.${link.replaceAll('.', '/')}.${setting}`,
  ),
  ...['disable_ipv6', 'accept_ra', 'autoconf', 'accept_redirects'].map(
    (setting) => `net.ipv6.conf.${link.replaceAll('.', '/')}.${setting}`,
  ),
];

function parseSheets([ofIpv4, ofIpv6, ports, ruleset, sysctls]: readonly string[]): Sheets {
  const [addresses4, neighbours4, routes4, rules4, links, numbers] = ipAnswers(ofIpv4!, OF_FAMILY.length + 2);
  const [addresses6, neighbours6, routes6, rules6] = ipAnswers(ofIpv6!, OF_FAMILY.length);
  return {
    links: parseList<IpLink>(links!),
    addresses: [...parseList<IpAddresses>(addresses4!), ...parseList<IpAddresses>(addresses6!)],
    routes: { 4: parseList<IpRoute>(routes4!), 6: parseList<IpRoute>(routes6!) },
    rules: { 4: parseList<IpRule>(rules4!), 6: parseList<IpRule>(rules6!) },
    neighbours: [...parseList<IpNeighbour>(neighbours4!), ...parseList<IpNeighbour>(neighbours6!)],
    numbers: new Map(
      parseList<{ nsid: number; name?: string }>(numbers!).map(({ nsid, name }) => [nsid, name ?? HOST]),
    ),
    ports: new Map(parseList<BridgePort>(ports!).map((port) => [port.ifname, port])),
    ruleset: withoutHandles(ruleset!),
    sysctls: new Map(
      [...sysctls!.matchAll(/^(\S+) = (.*)$/gm)].map(([, key, value]) => [key!, value!.replaceAll('\t', ' ')]),
    ),
  };
}

function seenLink(link: IpLink, namespace: string, sheets: ReadonlyMap<string, Sheets>): SeenLink {
  const sheet = sheets.get(namespace)!;
  const kind = link.linkinfo?.info_kind ?? link.link_type;
  const loopback = kind === 'loopback';
  const [forwarding, rpFilter, acceptRedirects, off, ra, autoconf, redirects] = inetSettings(link.ifname).map((key) =>
    sheet.sysctls.get(key),
  );
  const port = sheet.ports.get(link.ifname);
  const addresses = sheet.addresses.filter(({ ifname }) => ifname === link.ifname).flatMap((one) => one.addr_info);
  assert.equal(port?.master, link.master, `the master of ${link.ifname} according to ip and to bridge`);
  return {
    kind,
    up: link.flags.includes('UP'),
    mtu: link.mtu,
    mac: loopback ? undefined : link.address,
    master: link.master,
    peer: kind === 'veth' ? peerOf(link, namespace, sheets) : undefined,
    altNames: (link.altnames ?? []).toSorted(),
    addresses: addresses
      .filter(({ local }) => !loopback || (local !== '127.0.0.1' && local !== '::1'))
      .map(({ local, prefixlen, address, scope, tentative, dadfailed, dynamic, broadcast }) =>
        addressText(
          `${local}/${prefixlen}`,
          address,
          scope,
          `${broadcast === undefined ? '' : ` brd ${broadcast}`}${tentative === true ? ' tentative' : ''}${dadfailed === true ? ' dadfailed' : ''}${dynamic === true ? ' dynamic' : ''}`,
        ),
      )
      .toSorted(),
    sources: byScope(
      addresses
        .filter(
          ({ local, secondary }) => secondary !== true && !(loopback && (local === '127.0.0.1' || local === '::1')),
        )
        .map(({ local, prefixlen, scope }) => ({ address: `${local}/${prefixlen}`, scope })),
    ),
    inet: loopback ? undefined : `forwarding ${forwarding} rp_filter ${rpFilter}`,
    acceptRedirects,
    inet6:
      off === undefined || off === '0' ? `accept_ra ${ra} autoconf ${autoconf} accept_redirects ${redirects}` : 'off',
    addrGenMode: link.inet6_addr_gen_mode,
    group: link.group === undefined || link.group === 'default' ? undefined : Number(link.group),
    lower: lowerOf(link, namespace, sheets),
    options: seenOptions(kind, link.linkinfo?.info_data),
    port: seenPortOptions(link.linkinfo?.info_slave_kind ?? '', link.linkinfo?.info_slave_data),
  };
}

/** The other end of a cable: by its index, in the namespace that this one knows by the number it gives. */
function peerOf(link: IpLink, namespace: string, sheets: ReadonlyMap<string, Sheets>): string {
  if (link.link !== undefined) return `${link.link} in "${namespace}"`;
  const there = link.link_netnsid === undefined ? namespace : sheets.get(namespace)!.numbers.get(link.link_netnsid);
  if (there === undefined) return `unknown: number ${link.link_netnsid}`;
  const far = sheets.get(there)?.links.find(({ ifindex }) => ifindex === link.link_index);
  return `${far?.ifname} in "${there}"`;
}

/** The link that one lies upon. */
function lowerOf(link: IpLink, namespace: string, sheets: ReadonlyMap<string, Sheets>): string | undefined {
  const { info_kind: kind = '', info_data: data } = link.linkinfo ?? {};
  const lower = findKind(kind)?.lower;
  if (lower === undefined) return undefined;
  const own = lower.in === 'data' ? (data?.['link'] as string | undefined) : link.link;
  const { links, numbers } = sheets.get(namespace)!;
  if (link.link_netnsid === undefined) return own;
  // In options, ip takes the index for one of this namespace, and tells the name that it has here, if any.
  const index =
    (lower.in === 'data' ? undefined : link.link_index) ??
    links.find(({ ifname }) => ifname === own)?.ifindex ??
    Number(/^if(\d+)$/.exec(own ?? '')?.[1]);
  const there = numbers.get(link.link_netnsid);
  const below = sheets.get(there ?? '')?.links.find(({ ifindex }) => ifindex === index);
  return lowerText(below?.ifname ?? `index ${String(index)}`, there);
}

const isConfigured = ({ protocol }: IpRoute): boolean => protocol !== 'kernel';

const TABLES: Readonly<Record<string, number>> = { main: MAIN, default: 253, local: 255 };
const tableNumber = (name = 'main'): number => TABLES[name] ?? Number(name);

const prefixOf = (dst: string, family: 4 | 6): string => {
  if (dst === 'default') return family === 4 ? '0.0.0.0/0' : '::/0';
  return dst.includes('/') ? dst : `${dst}/${family === 4 ? 32 : 128}`;
};

function seenRoute(route: IpRoute, family: 4 | 6): string {
  const nowhere = route.type !== 'unicast' && route.dev === 'lo';
  return routeWords({
    type: route.type,
    destination: prefixOf(route.dst, family),
    gateway: route.gateway ?? route.via?.host,
    device: nowhere ? undefined : route.dev,
    source: route.prefsrc,
    metric: route.metric ?? 0,
    mtu: route.metrics?.find(({ mtu }) => mtu !== undefined)?.mtu,
    table: tableNumber(route.table),
    // A bridge's carrier comes a moment after that of its first port.
    flags: [...route.flags, ...(route.nexthops ?? []).flatMap(({ flags }) => flags)].filter(
      (flag) => flag !== 'linkdown',
    ),
    nexthops: (route.nexthops ?? []).map(({ gateway, dev, weight }) => hopText(gateway, dev, weight)),
  });
}

/** The rules that every namespace begins with. */
const isOwnRule = ({ priority, table, protocol }: IpRule): boolean =>
  // The kernel's own for the ports of a vrf comes with the first.
  !(priority === 1000 && protocol === 'kernel') &&
  !(
    (priority === 0 && table === 'local') ||
    (priority === 32_766 && table === 'main') ||
    (priority === 32_767 && table === 'default')
  );

function seenRule({ priority, src, srclen, dst, dstlen, iif, oif, table }: IpRule, family: 4 | 6): string {
  const whole = family === 4 ? 32 : 128;
  const from = src === 'all' ? src : `${src}/${srclen ?? whole}`;
  const to = dst === undefined ? undefined : `${dst}/${dstlen ?? whole}`;
  return JSON.stringify({ family, priority, from, to, iif, oif, table: tableNumber(table) });
}

function filesOf(namespace: string): Record<string, string> {
  if (namespace === HOST) return {};
  const folder = `/etc/netns/${namespace}`;
  try {
    return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(`${folder}/${name}`, 'utf8')]));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}

// --- nftables ----------------------------------------------------------------------------------------------------------

const kind = (item: NftItem): string => Object.keys(item)[0]!;

const place = (item: NftItem): string => {
  const { family, table, name, chain } = item[kind(item)]!;
  return `${String(family)} ${String(kind(item) === 'table' ? name : table)} ${kind(item)} ${String(kind(item) === 'rule' ? chain : name)}`;
};

/** Objects by table: the order of tables, and of chains among rules, is the kernel's. Rules keep theirs. */
function tablesOf(items: readonly NftItem[]): unknown[] {
  const ordered = items.map((item) => ({ at: place(item), item }));
  return ordered.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)).map(({ item }) => item);
}

/** Those objects that belong to the tables a state has. */
const ofTables = (items: readonly NftItem[], { tables }: NamespaceState): NftItem[] => {
  const names = new Set(Object.keys(tables));
  return items.filter((item) => {
    const [kind, { family, table, name }] = Object.entries(item)[0]! as [string, Record<string, unknown>];
    return names.has(`${String(family)} ${String(kind === 'table' ? name : table)}`);
  });
};

const rulesets = new Map<string, NftItem[]>();

/** What nft makes of the same tables written in its own language, in a namespace made for that. */
function expectedRuleset({ tables }: NamespaceState): NftItem[] {
  const text = nftText(tables);
  const known = rulesets.get(text);
  if (known !== undefined) return known;
  if (text === '') return [];
  const scratch = labName('scratch');
  run('ip', 'netns', 'add', scratch);
  try {
    const devices = Object.values(tables).flatMap(({ flowtables = {} }) =>
      Object.values(flowtables).flatMap((of) => of.devices),
    );
    for (const device of devices) run('ip', '-n', scratch, 'link', 'add', device, 'type', 'bridge');
    feed(text, 'ip', 'netns', 'exec', scratch, 'nft', '-f', '-');
    const listed = withoutHandles(run('ip', 'netns', 'exec', scratch, 'nft', '-j', 'list', 'ruleset'));
    rulesets.set(text, listed);
    return listed;
  } finally {
    attempt('ip', 'netns', 'del', scratch);
  }
}
