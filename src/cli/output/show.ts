import { KINDS } from '../../kinds/index.ts';
import { oneLine } from '../../base/index.ts';
import type { InterfaceView, LabView, NamespaceView, NetworkView, NodeView } from '../../lab/index.ts';
import type { TableState } from '../../state/index.ts';
import { readNat } from '../../nat/index.ts';
import { EGRESS_TABLE, HOST_PORT, LAB_TABLE, UPLINK } from '../../topology/index.ts';
import { firewallInShort, isFirewall } from './firewall.ts';
import { natSummary } from './nat.ts';
import { tableInWords } from './nft.ts';
import { publishedInWords } from './published.ts';
import { routeInWords, ruleInWords, listedRoutes } from './routes.ts';
import type { Style } from './style.ts';
import { padEnd, widthOf } from './style.ts';
import { table } from './table.ts';
import { count } from './words.ts';

export interface ShowOptions {
  /** Whether to list every rule of every nftables table, also those that are otherwise summarised. */
  readonly rules?: boolean;
}

/** The format of the output. */
interface Look {
  readonly lab: string;
  readonly style: Style;
  readonly rules: boolean;
  /** The widths of the first three columns of interfaces (name, address, MAC address), the same in all blocks. */
  readonly widths: readonly number[];
}

const INDENT = '  ';
/** The largest width of the column of rules, before that of their comments. */
const WIDEST_RULE = 100;

/** A lab as text: a block for each node, then the networks, then the uplink. */
export function describeLab(data: LabView, style: Style, { rules = false }: ShowOptions = {}): string {
  const look = { lab: data.lab, style, rules, widths: columnWidths(data) };
  const networks = data.networks.filter((network) => !isUplink(network));
  const parts = [
    count(data.nodes.length, 'node'),
    ...(data.missing.length > 0 ? [style.red(`${data.missing.length} missing`)] : []),
    ...(networks.length > 0 ? [count(networks.length, 'network')] : []),
  ];
  const blocks = [
    [`${style.bold(data.lab)}: ${parts.join(', ')}`],
    ...data.nodes.map((node) => describeNode(node, look)),
    ...data.missing.map((name) => [`${style.bold(style.cyan(name))}  ${style.red('missing')}`]),
    ...(networks.length > 0 ? [describeNetworks(data, networks, look)] : []),
    ...(data.host === undefined ? [] : [describeUplink(data, look)]),
  ];
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

// --- nodes -----------------------------------------------------------------------------------------------------------

function columnWidths({ nodes }: LabView): readonly number[] {
  const rows = nodes.flatMap(({ interfaces }) => interfaces.filter(isListed).flatMap((end) => interfaceRows(end, '')));
  const label = nodes.some(({ published }) => published.length > 0)
    ? 'published'
    : nodes.some(({ tables }) => tables.some(isFirewall))
      ? 'firewall'
      : 'routes';
  return [label.length, 6, 6].map((least, i) => Math.max(least, ...rows.map((row) => widthOf(row[i]!))));
}

/** Whether an interface is listed: the loopback only if it has addresses besides its usual ones. */
const isListed = ({ name, addresses }: InterfaceView): boolean => name !== 'lo' || addresses.length > 0;

const isLinkLocal = (address: string): boolean => address.startsWith('fe80:');

/** The addresses to list: link-local ones only if there are no others, since every interface has them. */
function listedAddresses(addresses: readonly string[]): readonly string[] {
  const others = addresses.filter((address) => !isLinkLocal(address));
  return others.length === 0 ? addresses : others;
}

/** One row with the interface and its first address, and one row for each further address. */
function interfaceRows({ name, addresses, mac = '' }: InterfaceView, peer: string): string[][] {
  const [first = 'no address', ...more] = listedAddresses(addresses);
  return [[name, first, mac, peer], ...more.map((address) => ['', address, '', ''])];
}

function describeNode(node: NodeView, look: Look): string[] {
  const { name, namespace, interfaces, forwards, routes, tables, processes, published, rules } = node;
  const { style, widths } = look;
  const addresses = interfaces.flatMap((end) => end.addresses).filter((address) => !isLinkLocal(address));
  const families = [
    ...(forwards.ipv4 && addresses.some((address) => !address.includes(':')) ? ['IPv4'] : []),
    ...(forwards.ipv6 && addresses.some((address) => address.includes(':')) ? ['IPv6'] : []),
  ];
  const line = (cells: readonly string[]): string =>
    `${INDENT}${cells.map((cell, i) => (i < 3 ? padEnd(oneLine(cell), widths[i]!) : oneLine(cell))).join('  ')}`.trimEnd();
  const label = (text: string): string => padEnd(style.dim(text), widths[0]!);
  const list = (title: string, items: readonly string[]): string[] =>
    items.map((item, i) => `${INDENT}${label(i === 0 ? title : '')}  ${oneLine(item)}`);

  return [
    `${style.bold(style.cyan(name))}  ${style.dim(namespace)}${families.length > 0 ? `  forwards ${families.join(' and ')}` : ''}`,
    ...loopbackLines(interfaces, style),
    ...interfaces
      .filter(isListed)
      .flatMap((end) =>
        interfaceRows(end, describePeer(end, look)).map(([port = '', address = '', mac = '', to = '']) =>
          line([port, address === 'no address' ? style.dim(address) : style.cyan(address), style.dim(mac), to]),
        ),
      ),
    ...list('routes', listedRoutes(routes).map(routeInWords)),
    ...list('rules', rules.map(ruleInWords)),
    ...list('firewall', firewallInShort(tables, namespace, style)),
    ...list('nat', tables.flatMap(natInWords)),
    ...list('published', published.map(publishedInWords)),
    ...list('uplink', look.rules ? [] : uplinkInWords(node)),
    ...list('nft', rulesOf(node, look)),
    ...list(
      'runs',
      processes.map(
        ({ pid, command, service }) =>
          `${command}  ${style.dim(`pid ${pid}${service === undefined ? '' : `, service ${service}`}`)}`,
      ),
    ),
  ];
}

function natInWords(nftTable: TableState): string[] {
  const nat = readNat(nftTable);
  return nat === undefined ? [] : [natSummary(nat)];
}

/** A summary of Netwright's rules for a node's own uplink, from their comments. */
function uplinkInWords({ tables, published }: NodeView): string[] {
  const comments = new Set(tables.filter(isOurs).flatMap(commentsOf));
  const words = [
    ...(comments.has('outgoing through the uplink') ? ['outgoing packets are masqueraded'] : []),
    ...(comments.has('only replies are accepted')
      ? [`only replies${published.length > 0 ? ' and connections to published ports' : ''} are accepted`]
      : []),
  ];
  return words.length === 0 ? [] : [words.join('; ')];
}

const commentsOf = ({ chains }: TableState): string[] =>
  Object.values(chains).flatMap(({ rules }) => rules.flatMap(({ comment }) => comment ?? []));

function loopbackLines(interfaces: readonly InterfaceView[], style: Style): string[] {
  const loopback = interfaces.find(({ name }) => name === 'lo');
  if (loopback?.up === false) return [`${INDENT}${style.red('lo is down: the node cannot reach its own addresses')}`];
  if (interfaces.some(({ name }) => name !== 'lo')) return [];
  return [`${INDENT}${style.dim('isolated: only a loopback interface')}`];
}

function describePeer(end: InterfaceView, { lab, style }: Look): string {
  const state = end.up ? '' : `  ${style.red('down')}`;
  const mtu = end.mtu === 1500 || end.name === 'lo' ? '' : style.dim(`  mtu ${end.mtu}`);
  return `${destinationOf(end, lab, style)}${mtu}${state}`;
}

function destinationOf({ kind, peer, network }: InterfaceView, lab: string, style: Style): string {
  if (kind !== KINDS.veth.name) return style.dim(kind);
  if (peer === undefined) return style.red('── peer not in this lab');
  if (network === UPLINK) return `── the host ${style.dim('(uplink)')}`;
  if (network !== undefined) return `── ${style.bold(network)} ${style.dim('(bridge)')}`;
  if (peer.node !== undefined) return `── ${style.bold(peer.node)} ${peer.interface}`;
  return `── ${peer.interface} in ${peer.namespace === lab ? "the lab's namespace, on no bridge" : peer.namespace || 'the host'}`;
}

// --- nftables --------------------------------------------------------------------------------------------------------

/** Whether Netwright created the table: in a namespace of a lab (besides firewalls and NATs), or on the host. */
const isOurs = ({ family, name }: TableState): boolean =>
  (name === LAB_TABLE && (family === 'inet' || family === 'bridge')) ||
  (family === 'inet' && (name === EGRESS_TABLE || name.startsWith(`${LAB_TABLE}-`)));

/**
 * The rules in words: all with `rules`, otherwise those that are not summarised. Netwright's own rules have a comment.
 */
function rulesOf({ tables }: NamespaceView, { rules, style }: Look): string[] {
  const listed = tables.flatMap((nftTable) => {
    if (rules) return tableInWords(nftTable);
    if (isFirewall(nftTable) || readNat(nftTable) !== undefined) return [];
    const all = tableInWords(nftTable);
    return isOurs(nftTable) ? all.filter(({ comment }) => comment === '') : all;
  });
  return table(
    listed.map(({ chain, text, comment }) => [`${chain}: ${text}`, style.dim(comment === '' ? '' : `"${comment}"`)]),
    '',
    WIDEST_RULE,
  );
}

// --- networks and the uplink -----------------------------------------------------------------------------------------

/** Whether a bridge is the one of the uplink, and not a network of the topology. */
const isUplink = ({ interface: name }: NetworkView): boolean => name === UPLINK;

function describeNetworks({ lab, own, host }: LabView, networks: readonly NetworkView[], look: Look): string[] {
  const { style } = look;
  const rows = networks.flatMap((network) => {
    const { name, up, mtu, addresses, ports } = network;
    const facts = [
      ...(addresses.length === 0 ? [] : [listedAddresses(addresses).map(style.cyan).join('  ')]),
      ...(mtu === 1500 ? [] : [style.dim(`mtu ${mtu}`)]),
      ...reachInWords(network),
    ];
    const members = ports.length === 0 ? style.dim('no ports') : portsInWords(network, style);
    const label = `${style.bold(name)}${up ? '' : style.red(' down')}`;
    return [[label, members], ...facts.map((fact) => ['', fact])];
  });
  // In a lab with an uplink, these rules concern the uplink, and are listed there.
  const rules = host === undefined && own !== undefined ? rulesOf(own, look).map((line) => `${INDENT}${line}`) : [];
  return [`${style.bold('networks')}  ${style.dim(`bridges in namespace ${lab}`)}`, ...table(rows, INDENT), ...rules];
}

/** The destinations beyond the host that nodes on a network can reach. */
function reachInWords({ internet, egress }: NetworkView): string[] {
  if (!internet) return [];
  if (egress === undefined) return ['egress to any destination'];
  return [egress.length === 0 ? 'no egress' : `egress only to ${egress.join(', ')}`];
}

/** At least this many nodes with consecutive numbers are written as a range: `n1 to n200`. */
const MIN_RANGE = 4;

/** The nodes on a network, in order. */
function portsInWords({ ports }: NetworkView, style: Style): string {
  const words: string[] = [];
  for (let i = 0; i < ports.length;) {
    let end = i + 1;
    while (end < ports.length && follows(ports[end - 1]!, ports[end]!)) end++;
    if (end - i < MIN_RANGE) end = i + 1;
    const first = portInWords(ports[i]!, style);
    words.push(end === i + 1 ? first : `${first} to ${portInWords(ports[end - 1]!, style)}`);
    i = end;
  }
  return `${words.join(', ')}${words.length < ports.length ? style.dim(`  ${ports.length} in all`) : ''}`;
}

type Port = NetworkView['ports'][number];

function portInWords({ node, peer, interface: port, up }: Port, style: Style): string {
  const label = node === undefined ? port : `${node}${peer === 'eth0' ? '' : ` ${peer}`}`;
  return up ? label : `${label} ${style.red('(down)')}`;
}

/** Whether a port differs from the one before only in the number at the end of its node's name, which is one higher. */
function follows(before: Port, port: Port): boolean {
  if (!before.up || !port.up || before.peer !== port.peer) return false;
  const [, name, number] = /^(.*?)(\d+)$/.exec(before.node ?? '') ?? [];
  return name !== undefined && port.node === `${name}${Number(number) + 1}`;
}

function describeUplink({ lab, own, host, networks }: LabView, look: Look): string[] {
  const { style } = look;
  const uplink = networks.find(isUplink);
  const section = (title: string, lines: readonly string[]): string[] =>
    lines.map((line, i) => `${INDENT}${padEnd(i === 0 ? style.dim(title) : '', 4)}  ${oneLine(line)}`);
  const users = (uplink?.ports ?? []).flatMap(({ node, interface: port }) =>
    port === HOST_PORT ? [] : [node ?? port],
  );
  const addressCells = (addresses: readonly string[]): string[] => listedAddresses(addresses).map(style.cyan);
  const hostLinks = host!.interfaces.map(({ name, up, addresses }) =>
    [name, ...addressCells(addresses), ...(up ? [] : [style.red('down')])].join('  '),
  );
  return [
    `${style.bold('uplink')}  ${style.dim('veth pairs from the lab to the host')}`,
    ...(uplink === undefined
      ? [`${INDENT}${style.red('the uplink bridge is missing')}`]
      : section('lab', [
          [uplink.interface, ...addressCells(uplink.addresses), style.dim(`in namespace ${lab}`)].join('  '),
          ...(users.length === 0 ? [] : [`with uplinks of their own: ${users.join(', ')}`]),
          ...(own === undefined ? [] : rulesOf(own, look)),
        ])),
    ...section('host', [
      ...hostLinks,
      ...(look.rules ? [] : hostInWords(host!)),
      ...rulesOf(host!, look),
      ...(host!.forwards.ipv4 ? [] : [style.red('the host does not forward IPv4: net.ipv4.ip_forward is 0')]),
    ]),
  ];
}

/** A summary of Netwright's rules on the host, from their comments. */
function hostInWords({ tables }: NamespaceView): string[] {
  const comments = new Set(tables.filter(isOurs).flatMap(commentsOf));
  return [
    ...([...comments].some((comment) => comment.endsWith(' to the outside'))
      ? ['packets from the lab are masqueraded']
      : []),
    ...(comments.has('to a published port') ? ['replies and packets for published ports are accepted'] : []),
  ];
}
