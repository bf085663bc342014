import { HOST, type NamespaceState, type NetworkState } from '../../src/model/index.ts';
import { parseList, quote, runAll } from './command.ts';
import { withoutHandles, type NftItem } from './nft-json.ts';

/** All that `ip`, `bridge`, `nft` and `sysctl` print of a namespace; of the host, what is the lab's. */
export type Sheets = Readonly<Record<string, unknown>>;

/** What is another number each time, passes, or is noticed a little later, in the listings of ip(8) and bridge(8). */
const PASSING = new Set([
  'ifindex',
  'link_index',
  'link_netnsid',
  'operstate',
  'valid_life_time',
  'preferred_life_time',
  'gc_timer',
  'hello_timer',
  'tcn_timer',
  'topology_change_timer',
  'message_age_timer',
  'forward_delay_timer',
  'hold_timer',
]);

/** Flags of links and routes that last until a bridge has noticed that its ports are up. */
const CARRIER = new Set<unknown>(['NO-CARRIER', 'linkdown']);

/** Settings that are made up by the kernel, or count. */
const UNSTEADY = /^net\.(ipv4\.tcp_fastopen_key|netfilter\.nf_conntrack_count) /;
const UNSTEADY_FILE = /\/(tcp_fastopen_key|nf_conntrack_count):/;

/** Every setting of the network in each namespace of a lab, and on the host, one a line after the namespace's name. */
export function settingsOf(state: NetworkState): string[] {
  const namespaces = [...new Set([HOST, ...Object.keys(state.namespaces)])];
  const read = "grep -rs '' /proc/sys/net";
  const texts = runAll(namespaces.map((name) => (name === HOST ? read : `ip netns exec ${name} ${read}`)));
  return texts.flatMap((text, i) =>
    text
      .split('\n')
      .filter((line) => !UNSTEADY_FILE.test(line))
      .map((line) => `${namespaces[i]}: ${line}`),
  );
}

/** Those lines that others do not have. */
export function onlyIn(lines: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others);
  return lines.filter((line) => !known.has(line));
}

/** What other programs print of each namespace of a lab. */
export function sheetsOf(state: NetworkState): Record<string, Sheets> {
  return Object.fromEntries(
    Object.entries(state.namespaces).map(([name, namespace]) => [name, name === HOST ? ofHost(namespace) : of(name)]),
  );
}

function of(namespace: string): Sheets {
  const inside = (command: string): string => `ip netns exec ${namespace} ${command}`;
  const [links, addresses, routes4, routes6, rules4, rules6, neighbours, ports, ruleset, settings, hosts, names] =
    runAll([
      inside('ip -j -d link'),
      inside('ip -j -d address'),
      inside('ip -j -d -4 route show table all'),
      inside('ip -j -d -6 route show table all'),
      inside('ip -j -d -4 rule'),
      inside('ip -j -d -6 rule'),
      inside('ip -j -d neighbour show nud permanent'),
      inside('bridge -j -d link'),
      inside('nft -j list ruleset'),
      inside(`sysctl -a --pattern '^net\\.' 2> /dev/null`),
      inside('cat /etc/hosts'),
      `ls /etc/netns/${namespace} 2> /dev/null`,
    ]);
  return {
    links: byName(links!),
    addresses: byName(addresses!),
    'IPv4 routes': steady(routes4!),
    // The kernel's own for multicast come when a bridge has noticed that its ports are up.
    'IPv6 routes': steady(routes6!).filter((route) => !route.includes('"dst":"ff00::/8"')),
    'IPv4 rules': steady(rules4!),
    'IPv6 rules': steady(rules6!),
    neighbours: steady(neighbours!),
    ports: byName(ports!).map(withoutLink),
    tables: inOrder(withoutHandles(ruleset!)),
    settings: settings!
      .split('\n')
      .filter((line) => !UNSTEADY.test(line))
      .toSorted(),
    '/etc/hosts': hosts,
    files: names,
  };
}

function ofHost({ links, tables, sysctls }: NamespaceState): Sheets {
  return {
    links: Object.fromEntries(
      Object.keys(links).map((name) => {
        const pattern = `^net\\.ipv[46]\\.(conf|neigh)\\.${name}\\.`;
        const [link, addresses, settings] = runAll([
          `ip -j -d link show dev ${quote(name)}`,
          `ip -j -d address show dev ${quote(name)}`,
          `sysctl -a --pattern ${quote(pattern)} 2> /dev/null`,
        ]);
        return [name, [byName(link!), byName(addresses!), settings]];
      }),
    ),
    tables: Object.keys(tables).map((name) => inOrder(withoutHandles(runAll([`nft -j list table ${name}`])[0]!))),
    settings: Object.keys(sysctls).map((key) => runAll([`sysctl ${key}`])[0]),
  };
}

/** In the order of their texts: the kernel's is that in which interfaces came up. */
const steady = (json: string): string[] =>
  parseList(json)
    .map((item) => JSON.stringify(without(item)))
    .toSorted();

const byName = (json: string): unknown[] =>
  parseList<{ ifname: string }>(json)
    .toSorted((a, b) => (a.ifname < b.ifname ? -1 : 1))
    .map(without);

/** `bridge` takes the index of a cable's other end for one of this namespace's. */
const withoutLink = (port: unknown): unknown => ({ ...(port as object), link: undefined, state: undefined });

function without(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => !CARRIER.has(item)).map(without);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) => (PASSING.has(key) ? [] : [[key, without(member)]])),
  );
}

const place = (item: NftItem): string => {
  const [[kind, { family, table, name, chain }]] = Object.entries(item) as [[string, Record<string, unknown>]];
  return [kind, family, table, kind === 'rule' ? chain : name].join(' ');
};

/** Chains and sets by name; rules stay in their order. */
const inOrder = (items: readonly NftItem[]): NftItem[] =>
  items.toSorted((a, b) => (place(a) < place(b) ? -1 : place(a) > place(b) ? 1 : 0));
