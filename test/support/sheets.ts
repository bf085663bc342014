import { HOST, type NamespaceState, type NetworkState } from '../../src/state/index.ts';
import { ipAnswers, ipBatch, parseList, quote, runAll, runAllIn } from './command.ts';
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
const UNSTEADY = /^net\/(ipv4\/tcp_fastopen_key|netfilter\/nf_conntrack_count):/;

/** Prints settings: `sysctl -a` would look at those of everything else, too. */
const settingsBelow = (...folders: readonly string[]): string => `(cd /proc/sys && grep -rs '' ${folders.join(' ')})`;

/** Every setting of the network in each namespace of a lab, and on the host, one a line after the namespace's name. */
export function settingsOf(state: NetworkState): string[] {
  const names = [...new Set([HOST, ...Object.keys(state.namespaces)])];
  const said = runAllIn(names.map((name) => ({ name, commands: [settingsBelow('net')] })));
  return said.flatMap(([text], i) =>
    text!
      .split('\n')
      .filter((line) => !UNSTEADY.test(line))
      .map((line) => `${names[i]}: ${line}`),
  );
}

/** Those lines that others do not have. */
export function onlyIn(lines: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others);
  return lines.filter((line) => !known.has(line));
}

/** What other programs print of each namespace of a lab. */
export function sheetsOf(state: NetworkState): Record<string, Sheets> {
  const inside = sheetsIn(Object.keys(state.namespaces).filter((name) => name !== HOST));
  return Object.fromEntries(
    Object.entries(state.namespaces).map(([name, namespace]) => [
      name,
      name === HOST ? ofHost(namespace) : inside[name]!,
    ]),
  );
}

/**
 * What other programs print of namespaces, HOST being the one that they run in.
 * @param settings the files and folders below /proc/sys whose settings are wanted
 */
export function sheetsIn(
  namespaces: readonly string[],
  settings: readonly string[] = ['net'],
): Readonly<Record<string, Sheets>> {
  const inside = [
    ipBatch('-d', ['link', 'address', 'neighbour show nud permanent']),
    ipBatch('-d -4', ['route show table all', 'rule']),
    ipBatch('-d -6', ['route show table all', 'rule']),
    'bridge -j -d link',
    'nft -j list ruleset',
    settingsBelow(...settings),
  ];
  const said = runAllIn(
    namespaces.flatMap((name) => [
      { name, commands: inside },
      { name: HOST, commands: [`ip netns exec ${name} cat /etc/hosts`, `ls /etc/netns/${name} 2> /dev/null`] },
    ]),
  );
  return Object.fromEntries(namespaces.map((name, i) => [name, sheetsFrom(said.slice(2 * i, 2 * i + 2).flat())]));
}

function sheetsFrom([things, ofIpv4, ofIpv6, ports, ruleset, settings, hosts, names]: readonly string[]): Sheets {
  const [links, addresses, neighbours] = ipAnswers(things!, 3);
  const [routes4, rules4] = ipAnswers(ofIpv4!, 2);
  const [routes6, rules6] = ipAnswers(ofIpv6!, 2);
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
        const folders = ['ipv4/conf', 'ipv4/neigh', 'ipv6/conf', 'ipv6/neigh'].map((kind) =>
          quote(`net/${kind}/${name}`),
        );
        const [link, addresses, settings] = runAll([
          `ip -j -d link show dev ${quote(name)}`,
          `ip -j -d address show dev ${quote(name)}`,
          settingsBelow(...folders),
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
