import { oneLine } from '../../base/printable.ts';
import type { RouteState, TableState } from '../../lab/index.ts';
import { readNat } from '../../topology/nat/read.ts';
import { firewallInShort, isFirewall } from './firewall.ts';
import { natSummary } from './nat.ts';
import { tableInWords } from './nft.ts';
import {
  isHostPort,
  isUplink,
  type InterfaceData,
  type NetworkData,
  type NodeData,
  type ShowData,
} from './show-data.ts';
import type { Style } from './style.ts';
import { padEnd, widthOf } from './style.ts';
import { table } from './table.ts';
import { count } from './words.ts';

const INDENT = '  ';
/** Of a rule in words, with what its maker says of it after it in a column. */
const WIDEST_RULE = 100;

/** A lab for people: a block for each node, then the networks, then the way out. */
export function describeLab(data: ShowData, style: Style): string {
  const networks = data.networks.filter((network) => !isUplink(network));
  const parts = [count(data.nodes.length, 'node'), ...(networks.length > 0 ? [count(networks.length, 'network')] : [])];
  const widths = columnWidths(data);
  const blocks = [
    [`${style.bold(data.lab)}: ${parts.join(', ')}`],
    ...data.nodes.map((node) => describeNode(node, data.lab, widths, style)),
    ...(networks.length > 0 ? [describeNetworks(data, networks, style)] : []),
    ...(data.host === undefined ? [] : [describeWayOut(data, style)]),
  ];
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

// --- nodes -----------------------------------------------------------------------------------------------------------

/** Names, addresses and MAC addresses stand in the same columns in all blocks. */
function columnWidths({ nodes }: ShowData): readonly number[] {
  const rows = nodes.flatMap(({ interfaces }) => interfaces.filter(isCable).flatMap((end) => interfaceRows(end, '')));
  const label = nodes.some(({ published }) => published.length > 0)
    ? 'published'
    : nodes.some(({ tables }) => tables.some(isFirewall))
      ? 'firewall'
      : 'routes';
  return [label.length, 6, 6].map((least, i) => Math.max(least, ...rows.map((row) => widthOf(row[i]!))));
}

const isCable = ({ name }: InterfaceData): boolean => name !== 'lo';

/** Link-local addresses are there on every interface, and tell nobody anything. */
const isTold = (address: string): boolean => !address.startsWith('fe80:');

/** A line with the first address, and one more for each other. */
function interfaceRows({ name, addresses, mac = '' }: InterfaceData, leadsTo: string): string[][] {
  const [first = 'no address', ...more] = addresses.filter(isTold);
  return [[name, first, mac, leadsTo], ...more.map((address) => ['', address, '', ''])];
}

function describeNode(node: NodeData, lab: string, widths: readonly number[], style: Style): string[] {
  const { name, namespace, interfaces, forwards, routes, tables, processes, published } = node;
  const addresses = interfaces.flatMap((end) => end.addresses).filter(isTold);
  const families = [
    ...(forwards.ipv4 && addresses.some((address) => !address.includes(':')) ? ['IPv4'] : []),
    ...(forwards.ipv6 && addresses.some((address) => address.includes(':')) ? ['IPv6'] : []),
  ];
  const cables = interfaces.filter(isCable);
  const line = (cells: readonly string[]): string =>
    `${INDENT}${cells.map((cell, i) => (i < 3 ? padEnd(cell, widths[i]!) : cell)).join('  ')}`.trimEnd();
  const label = (text: string): string => padEnd(style.dim(text), widths[0]!);
  const list = (title: string, items: readonly string[]): string[] =>
    items.map((item, i) => `${INDENT}${label(i === 0 ? title : '')}  ${oneLine(item)}`);

  return [
    `${style.bold(style.cyan(name))}  ${style.dim(namespace)}${families.length > 0 ? `  forwards ${families.join(' and ')}` : ''}`,
    ...loopbackLines(interfaces, style),
    ...cables.flatMap((end) =>
      interfaceRows(end, leadsTo(end, lab, style)).map(([name = '', address = '', mac = '', to = '']) =>
        line([name, address === 'no address' ? style.dim(address) : style.cyan(address), style.dim(mac), to]),
      ),
    ),
    ...list('routes', routes.filter(isShownRoute).map(routeInWords)),
    ...list('firewall', firewallInShort(tables, namespace, style)),
    ...list('nat', tables.flatMap(natInWords)),
    ...list('published', published),
    ...list(
      'nft',
      rulesOf(
        tables.filter((one) => !isFirewall(one) && readNat(one) === undefined),
        style,
      ),
    ),
    ...list(
      'runs',
      processes.map(
        ({ pid, command, service }) =>
          `${command}  ${style.dim(`pid ${pid}${service === undefined ? '' : `, service ${service}`}`)}`,
      ),
    ),
  ];
}

function natInWords(of: TableState): string[] {
  const nat = readNat(of);
  return nat === undefined ? [] : [natSummary(nat)];
}

function loopbackLines(interfaces: readonly InterfaceData[], style: Style): string[] {
  const loopback = interfaces.find(({ name }) => name === 'lo');
  if (loopback?.up === false) return [`${INDENT}${style.red('lo is down: nothing in this node can reach itself')}`];
  if (interfaces.some(isCable)) return [];
  return [`${INDENT}${style.dim('isolated: it has its own loopback, and no other interface')}`];
}

function leadsTo(end: InterfaceData, lab: string, style: Style): string {
  const state = end.up ? '' : `  ${style.red('down')}`;
  return `${destinationOf(end, lab, style)}${end.mtu === 1500 ? '' : style.dim(`  mtu ${end.mtu}`)}${state}`;
}

function destinationOf({ kind, peer, network }: InterfaceData, lab: string, style: Style): string {
  if (kind !== 'veth') return style.dim(kind);
  if (peer === undefined) return style.red('── a cable whose other end is not in this lab');
  if (network === 'uplink') return `── the host ${style.dim('(uplink)')}`;
  if (network !== undefined) return `── ${style.bold(network)} ${style.dim('(bridge)')}`;
  if (peer.node !== undefined) return `── ${style.bold(peer.node)} ${peer.interface}`;
  return `── ${peer.interface} in ${peer.namespace === lab ? "the lab's namespace, on no bridge" : peer.namespace || 'the host'}`;
}

// --- routes ----------------------------------------------------------------------------------------------------------

/** What addresses bring along (a subnet is reached by the interface that is in it) goes without saying. */
const isShownRoute = ({ type, gateway, nexthops, table = 254, destination }: RouteState): boolean =>
  table === 254 &&
  !destination.startsWith('fe80:') &&
  !destination.startsWith('ff00:') &&
  (gateway !== undefined ||
    nexthops !== undefined ||
    !['unicast', 'local', 'multicast', 'broadcast', 'anycast'].includes(type));

/** As `ip route` prints it. */
function routeInWords(route: RouteState): string {
  const { type, destination, gateway, device, source, metric, mtu, nexthops = [] } = route;
  const to = destination === '0.0.0.0/0' ? 'default' : destination === '::/0' ? 'default (IPv6)' : destination;
  return [
    ...(type === 'unicast' ? [] : [type]),
    to,
    ...(gateway === undefined ? [] : [`via ${gateway}`]),
    ...(device === undefined ? [] : [`dev ${device}`]),
    ...(source === undefined ? [] : [`src ${source}`]),
    ...(metric === undefined ? [] : [`metric ${metric}`]),
    ...(mtu === undefined ? [] : [`mtu ${mtu}`]),
    ...nexthops.map((hop) => `via ${hop.gateway ?? hop.device}${hop.weight > 1 ? ` weight ${hop.weight}` : ''}`),
  ].join(' ');
}

// --- networks and the way out ----------------------------------------------------------------------------------------

const rulesOf = (tables: readonly TableState[], style: Style): string[] =>
  table(
    tables
      .flatMap(tableInWords)
      .map(({ chain, text, comment }) => [`${chain}: ${text}`, style.dim(comment === '' ? '' : `"${comment}"`)]),
    '',
    WIDEST_RULE,
  );

function describeNetworks({ lab, own, host }: ShowData, networks: readonly NetworkData[], style: Style): string[] {
  const rows = networks.map(({ name, up, mtu, addresses, ports }) => {
    const plugged = ports.map(({ node, peer, interface: port, up: portUp }) => {
      const label = node === undefined ? port : `${node}${peer === 'eth0' ? '' : ` ${peer}`}`;
      return portUp ? label : `${label} ${style.red('(down)')}`;
    });
    const facts = [...addresses.filter(isTold).map(style.cyan), ...(mtu === 1500 ? [] : [style.dim(`mtu ${mtu}`)])];
    return [
      `${style.bold(name)}${up ? '' : style.red(' down')}`,
      plugged.length === 0 ? style.dim('nothing plugged in') : plugged.join(', '),
      facts.join('  '),
    ];
  });
  // Where there is a way out, they are about it.
  const rules = host === undefined ? rulesOf(own?.tables ?? [], style).map((line) => `${INDENT}${line}`) : [];
  return [`${style.bold('networks')}  ${style.dim(`bridges in namespace ${lab}`)}`, ...table(rows, INDENT), ...rules];
}

function describeWayOut({ lab, own, host, networks }: ShowData, style: Style): string[] {
  const uplink = networks.find(isUplink);
  const section = (title: string, lines: readonly string[]): string[] =>
    lines.map((line, i) => `${INDENT}${padEnd(i === 0 ? style.dim(title) : '', 4)}  ${oneLine(line)}`);
  const users = (uplink?.ports ?? []).flatMap(({ node, interface: port }) => (isHostPort(port) ? [] : [node ?? port]));
  const ends = host!.interfaces.map(({ name, up, addresses }) =>
    [name, ...addresses.filter(isTold).map(style.cyan), ...(up ? [] : [style.red('down')])].join('  '),
  );
  return [
    `${style.bold('the way out')}  ${style.dim('cables from a bridge of the lab to the host')}`,
    ...(uplink === undefined
      ? [`${INDENT}${style.red('the bridge that leads out is missing')}`]
      : section('lab', [
          [uplink.interface, ...uplink.addresses.filter(isTold).map(style.cyan), style.dim(`in namespace ${lab}`)].join(
            '  ',
          ),
          ...(users.length === 0 ? [] : [`with uplinks of their own: ${users.join(', ')}`]),
          ...rulesOf(own?.tables ?? [], style),
        ])),
    ...section('host', [
      ...ends,
      ...rulesOf(host!.tables, style),
      ...(host!.forwards.ipv4 ? [] : [style.red('the host forwards no IPv4: net.ipv4.ip_forward is 0')]),
    ]),
  ];
}
