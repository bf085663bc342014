import { parseMac } from '../../addr/index.ts';
import { didYouMean } from '../../base/index.ts';
import { interfaceNameFault, RESERVED_NODES, type Issues, type Path } from '../../format/index.ts';
import { UPLINK } from '../names.ts';
import { attachmentsOf, writtenAddresses, type WrittenAddress, type WrittenName } from './attachments.ts';
import type { ModelInterface, Segment, WiredNode } from './model.ts';
import { linkSegment } from './networks.ts';
import type { LinkInput, NodeInput, WiringInput } from './schema.ts';

/** The explicit addresses, by interface. */
export type Written = Map<ModelInterface, readonly WrittenAddress[]>;

/** The nodes with their interfaces on the segments, before addresses are assigned. */
export interface WiredNodes {
  readonly nodes: WiredNode[];
  readonly nodeByName: ReadonlyMap<string, WiredNode>;
  /** Networks first, then cables. */
  readonly segments: readonly Segment[];
  readonly written: Written;
}

export function wireNodes(input: WiringInput, networks: ReadonlyMap<string, Segment>, issues: Issues): WiredNodes {
  const nodes: WiredNode[] = [];
  const nodeByName = new Map<string, WiredNode>();
  const written: Written = new Map();

  const plug = (
    node: WiredNode,
    segment: Segment,
    path: Path,
    addresses: readonly WrittenAddress[],
    name?: WrittenName,
    mac?: string,
  ): void => {
    const end: ModelInterface = {
      name: name?.text ?? `eth${node.interfaces.length}`,
      node,
      segment,
      path,
      addresses: [],
      ...(mac !== undefined && { mac: parseMac(mac) }),
    };
    node.interfaces.push(end);
    segment.members.push(end);
    if (addresses.length > 0) written.set(end, addresses);
    if (name !== undefined) checkName(end, name, issues);
  };

  for (const [name, nodeInput] of Object.entries(input.nodes ?? {})) {
    const value: NodeInput = nodeInput ?? {};
    const path = ['nodes', name];
    if (RESERVED_NODES.has(name)) issues.add(path, `the name "${name}" is reserved: use another node name`, 'key');
    const node: WiredNode = {
      name,
      path,
      // A node with `nat` forwards, since it translates forwarded packets.
      forward: value.forward === undefined ? value.nat !== undefined : value.forward !== false,
      internet: value.internet ?? false,
      publishes: value.publish !== undefined,
      interfaces: [],
      incomplete: false,
    };
    nodes.push(node);
    nodeByName.set(name, node);
    const joined = new Set<string>();
    for (const attachment of attachmentsOf(value, path)) {
      const segment = networks.get(attachment.network);
      if (segment === undefined) {
        node.incomplete = true;
        issues.add(
          attachment.path,
          `there is no network "${attachment.network}"${didYouMean(attachment.network, networks.keys())}`,
          'key',
        );
      } else if (joined.has(attachment.network)) {
        issues.add(attachment.path, `the node "${name}" is on the network "${attachment.network}" already`);
      } else {
        joined.add(attachment.network);
        plug(node, segment, attachment.path, attachment.addresses, attachment.interface, attachment.mac);
      }
    }
  }

  const segments = [...networks.values()];
  for (const [i, link] of (input.links ?? []).entries()) {
    const path = ['links', i];
    const segment = linkSegment(link, path, segments.length, issues);
    const ends = endsOf(link, path, nodeByName, issues);
    if (ends === undefined) continue;
    segments.push(segment);
    checkAddressKeys(link, path, ends, issues);
    for (const { node, name, path: endPath } of ends) {
      plug(
        node,
        segment,
        endPath,
        writtenAddresses(link.addresses?.[node.name], [...path, 'addresses', node.name]),
        name,
      );
    }
  }
  for (const node of nodes) checkUnique(node, issues);
  return { nodes, nodeByName, segments, written };
}

interface End {
  readonly node: WiredNode;
  readonly name?: WrittenName;
  readonly path: Path;
}

/** The two ends of a cable, each written `node` or `node.interface`. */
function endsOf(
  link: LinkInput,
  path: Path,
  nodes: ReadonlyMap<string, WiredNode>,
  issues: Issues,
): readonly End[] | undefined {
  const ends: End[] = [];
  for (const [i, text] of link.between.entries()) {
    const endPath = [...path, 'between', i];
    // Node names have no dots; interface names can have them.
    const dot = text.indexOf('.');
    const nodeName = dot < 0 ? text : text.slice(0, dot);
    const node = nodes.get(nodeName);
    if (node === undefined) issues.add(endPath, `there is no node "${nodeName}"${didYouMean(nodeName, nodes.keys())}`);
    else ends.push({ node, path: endPath, ...(dot >= 0 && { name: { text: text.slice(dot + 1), path: endPath } }) });
  }
  const [a, b] = ends;
  if (a === undefined || b === undefined) {
    for (const { node } of ends) node.incomplete = true;
    return undefined;
  }
  if (a.node === b.node) {
    issues.add([...path, 'between'], `a link connects two nodes, but both ends are at "${a.node.name}"`);
    a.node.incomplete = true;
    return undefined;
  }
  return ends;
}

function checkAddressKeys(link: LinkInput, path: Path, ends: readonly End[], issues: Issues): void {
  const names = ends.map(({ node }) => node.name);
  for (const key of Object.keys(link.addresses ?? {})) {
    if (!names.includes(key))
      issues.add([...path, 'addresses', key], `"${key}" is not an end of this link${didYouMean(key, names)}`, 'key');
  }
}

function checkName({ node }: ModelInterface, { text, path }: WrittenName, issues: Issues): void {
  const fault = interfaceNameFault(text);
  // The schema checks interface names of attachments, but not those of links, which are part of a longer text.
  if (fault !== undefined) issues.add(path, fault);
  else if (text === UPLINK && node.internet) issues.add(path, `the interface name "${UPLINK}" is used by "internet"`);
}

function checkUnique(node: WiredNode, issues: Issues): void {
  const names = new Map<string, number>();
  for (const [i, { name, path }] of node.interfaces.entries()) {
    const first = names.get(name);
    if (first === undefined) names.set(name, i);
    else {
      const hint = name === `eth${i}` ? ': interfaces are numbered in order, including named ones' : '';
      issues.add(path, `the node "${node.name}" has two interfaces named "${name}"${hint}`);
    }
  }
}
