import { addressOf, deriveMac, familyOf, networkOf, type Cidr, type Ip } from '../../addr/index.ts';
import { HOST, nodeOf, type NamespaceName, type NetworkState, type TableState } from '../../state/index.ts';
import { checkTopology, modelOf } from '../checked.ts';
import { TopologyError } from '../../format/index.ts';
import type { LinkInput, NetworkInput, NodeInput, TopologyInput } from '../schema.ts';
import { FLOW_TABLE } from '../flowtable.ts';
import { FIREWALL_TABLE, policyIn } from '../firewall/index.ts';
import { writtenRun } from '../services/write.ts';
import { mergedPublications, publicationOf, PUBLISH_TABLE } from '../publish.ts';
import type { Publication } from '../publish-text.ts';
import { specialInItself } from '../subnet.ts';
import { hostLinkName, hostTableName } from '../uplink-names.ts';
import { writtenHosts, writtenOwnHosts } from './hosts.ts';
import { NatWords } from './nat.ts';
import { Notes, type Note } from './notes.ts';
import { gatewaysOf, writtenRoutes, type Gateways, type HostGateways } from './routes.ts';
import { hasFlowtable, writtenSettings } from './settings.ts';
import {
  hasInternet,
  OWN_TABLE,
  publishes,
  shapeOf,
  type End,
  type Node,
  type Place,
  type Segment,
  type Shape,
} from './shape.ts';
import { bridgeAddresses, subnetsOf, writtenAddresses } from './subnets.ts';

export interface Decompiled {
  readonly topology: TopologyInput & { readonly name: string };
  /** What the state holds and the topology does not say. */
  readonly notes: readonly Note[];
}

export interface DecompileOptions {
  /** Whether the kernel has IPv6. */
  readonly ipv6: boolean;
}

/**
 * The topology that compiles to a lab's state: {@link compile} backwards. It says no more than it must: addresses, MAC
 * addresses, names and routes that would come out the same are left out. Pure.
 *
 * What a topology cannot say is noted, and left out. Of a state that a topology was compiled to nothing is, but what
 * leaves no trace in a kernel: `expect`, the subnet of a network that nobody is on, and a gateway that nobody uses.
 */
export function decompile(lab: string, state: NetworkState, { ipv6 }: DecompileOptions): Decompiled {
  const uplink = state.namespaces[HOST]?.links[hostLinkName(lab)]?.addresses ?? [];
  const host: { -readonly [F in keyof HostGateways]: Ip } = {};
  for (const { address, scope } of uplink) if (scope !== 'link') host[familyOf(address)] ??= addressOf(address);
  const nodes = Object.keys(state.namespaces).filter((name) => name !== HOST && name !== lab);
  const place = { state, switches: lab, nodes, nodeName: (name: NamespaceName) => nodeOf(name) ?? name };
  const { sets } = state.namespaces[HOST]?.tables[`inet ${hostTableName(lab)}`] ?? { sets: {} };
  const hosts = state.namespaces[lab]?.files['hosts'];
  return describe(lab, place, { ipv6, host, macs: true, published: publishedIn(sets), hosts });
}

/**
 * The topology that comes closest to what a machine holds, whoever made it: bridges of the host as networks, namespaces
 * as nodes. MAC addresses are nobody's choice there, and left out; a bridge with an address counts as a way out.
 * @param nodes the namespaces that are described
 */
export function decompileHost(
  name: string,
  state: NetworkState,
  nodes: readonly NamespaceName[],
  { ipv6 }: DecompileOptions,
): Decompiled {
  const somewhere = { 4: '192.0.2.1' as Ip, 6: '2001:db8::1' as Ip };
  const place = { state, switches: HOST, nodes, nodeName: (namespace: NamespaceName) => namespace };
  return describe(name, place, { ipv6, host: somewhere, macs: false, published: () => [], hosts: undefined });
}

/** What the maps of a lab's table on the host say of a node, by the addresses of its uplink. */
function publishedIn(sets: TableState['sets']): (node: Node) => string[] {
  const byTarget = new Map<Ip, Publication[]>();
  for (const [name, { elements }] of Object.entries(sets)) {
    for (const element of elements) {
      const found = publicationOf(name, element);
      if (found === undefined) continue;
      const list = byTarget.get(found.target);
      if (list === undefined) byTarget.set(found.target, [found]);
      else list.push(found);
    }
  }
  return ({ uplink }) => {
    const own = (uplink?.addresses ?? []).filter(({ scope }) => scope !== 'link').map(({ address }) => address);
    return mergedPublications(
      own.flatMap((address) => byTarget.get(addressOf(address)) ?? []),
      own.map(familyOf),
    );
  };
}

interface DecompileContext {
  readonly ipv6: boolean;
  readonly host: HostGateways;
  readonly macs: boolean;
  /** What a node publishes. */
  readonly published: (node: Node) => string[];
  /** The lab's own file of names; none of what is no lab. */
  readonly hosts: string | undefined;
}

function describe(lab: string, place: Place, context: DecompileContext): Decompiled {
  let problem: string | undefined;
  // Addresses that look like those of a subnet may have been written one by one, where a subnet would not be allowed.
  for (const bare of [false, true]) {
    const notes = new Notes();
    const shape = shapeOf(place, notes);
    const nats = new NatWords(shape.nodes);
    let topology = new Description(lab, shape, context, notes, bare, nats).topology();
    try {
      topology = nats.into(topology, modelOf(checkTopology(topology)));
      checkTopology(topology);
      return { topology, notes: notes.list };
    } catch (error) {
      if (!(error instanceof TopologyError)) throw error;
      problem ??= error.message;
      if (bare) {
        notes.add([], `this cannot be brought up as it is: ${problem}`);
        return { topology, notes: notes.list };
      }
    }
  }
  throw new TypeError('unreachable');
}

const DEFAULT_MTU = 1500;

class Description {
  readonly #lab: string;
  readonly #shape: Shape;
  readonly #context: DecompileContext;
  readonly #notes: Notes;
  readonly #nats: NatWords;
  readonly #gateways: Gateways;
  readonly #subnets: Map<Segment, Cidr[]>;
  readonly #addresses = new Map<End, readonly string[]>();

  constructor(lab: string, shape: Shape, context: DecompileContext, notes: Notes, bare: boolean, nats: NatWords) {
    this.#nats = nats;
    this.#lab = lab;
    this.#shape = shape;
    this.#context = context;
    this.#notes = notes;
    const segments = [...shape.networks, ...shape.cables];
    this.#subnets = new Map(segments.map((segment) => [segment, subnetsOf(segment, context.ipv6, bare)]));
    this.#gateways = gatewaysOf(shape, context.host);
    for (const segment of segments) this.#planAddresses(segment);
  }

  #planAddresses(segment: Segment): void {
    const gateway = this.#gateways.get(segment);
    const first = segment.ends.filter(({ node }) => node === gateway);
    const members = [...first, ...segment.ends.filter(({ node }) => node !== gateway)];
    const written = writtenAddresses(members, this.#subnets.get(segment)!, bridgeAddresses(segment));
    for (const [end, texts] of written) this.#addresses.set(end, texts);
  }

  topology(): TopologyInput & { readonly name: string } {
    const { networks, nodes, cables } = this.#shape;
    this.#noteDifferences();
    return {
      name: this.#lab,
      ...(networks.length > 0 && {
        networks: Object.fromEntries(networks.map((network) => [network.network!.name, this.#network(network)])),
      }),
      ...(nodes.length > 0 && { nodes: Object.fromEntries(nodes.map((node) => [node.name, this.#node(node)])) }),
      ...(cables.length > 0 && { links: cables.map((cable) => this.#cable(cable)) }),
      ...writtenHosts(this.#context.hosts, this.#lab, new Set(nodes.map(({ name }) => name))),
    };
  }

  #subnet(segment: Segment): Pick<NetworkInput, 'subnet'> {
    const subnets = this.#subnets.get(segment)!;
    if (subnets.length === 0) return {};
    return { subnet: subnets.length === 1 ? subnets[0]! : subnets };
  }

  #network(segment: Segment): NetworkInput {
    const gateway = this.#gateways.get(segment);
    return {
      ...this.#subnet(segment),
      ...(bridgeAddresses(segment).length > 0
        ? { internet: true, ...this.#egress(segment) }
        : gateway !== undefined && { gateway: gateway.name }),
      ...(segment.mtu !== DEFAULT_MTU && { mtu: segment.mtu }),
    };
  }

  #egress({ network }: Segment): Pick<NetworkInput, 'egress'> {
    const { name, egress } = network!;
    if (egress === undefined) return {};
    if (egress.hasNames) this.#notes.add(['networks', name], 'what it may reach by name (`egress`) is left out');
    return { egress: [...egress.rules] };
  }

  #node(node: Node): NodeInput {
    const { ipv6, host } = this.#context;
    const routes = writtenRoutes(node, this.#gateways, host, this.#notes);
    const plugged = node.ends.filter(({ segment }) => segment.network !== undefined);
    return {
      ...(plugged.length > 0 && { networks: this.#attachments(node, plugged) }),
      ...(hasInternet(node) && { internet: true }),
      ...(publishes(node) && { publish: this.#context.published(node) }),
      ...writtenSettings(node, ipv6, this.#nats.of(node)),
      ...(routes.length > 0 && { routes }),
      ...writtenRun(node.state.services),
      ...this.#firewall(node),
      ...(this.#context.hosts !== undefined && writtenOwnHosts(node.state.files['hosts'])),
    };
  }

  #firewall({ state }: Node): Pick<NodeInput, 'firewall'> {
    const table = state.tables[FIREWALL];
    const firewall = table === undefined ? undefined : policyIn(table);
    return firewall === undefined ? {} : { firewall };
  }

  #attachments(node: Node, plugged: readonly End[]): NonNullable<NodeInput['networks']> {
    const written = plugged.map((end) => {
      const address = this.#addresses.get(end)!;
      const mac =
        this.#context.macs && end.link.mac !== deriveMac(this.#lab, node.name, end.name) ? end.link.mac : undefined;
      const name = this.#isNumbered(end) ? undefined : end.name;
      const all = {
        ...(address.length > 0 && { address: address.length === 1 ? address[0]! : address }),
        ...(mac !== undefined && { mac }),
        ...(name !== undefined && { interface: name }),
      };
      const value = mac === undefined && name === undefined ? (all.address ?? null) : all;
      return [end.segment.network!.name, value] as const;
    });
    return written.every(([, value]) => value === null) ? written.map(([name]) => name) : Object.fromEntries(written);
  }

  /** Whether an interface has the name that it would be given. */
  #isNumbered = (end: End): boolean => end.name === `eth${end.node.ends.indexOf(end)}`;

  #cable(segment: Segment): LinkInput {
    const { ends } = segment;
    const addresses = ends
      .map((end) => [end.node.name, this.#addresses.get(end)!] as const)
      .filter(([, texts]) => texts.length > 0)
      .map(([name, texts]) => [name, texts.length === 1 ? texts[0]! : texts] as const);
    return {
      between: ends.map((end) => (this.#isNumbered(end) ? end.node.name : `${end.node.name}.${end.name}`)),
      ...this.#subnet(segment),
      ...(addresses.length > 0 && { addresses: Object.fromEntries(addresses) }),
      ...(segment.mtu !== DEFAULT_MTU && { mtu: segment.mtu }),
    };
  }

  /** Says what nothing above has a place for. */
  #noteDifferences(): void {
    for (const node of this.#shape.nodes) {
      const path = ['nodes', node.name];
      const { rules, neighbours, tables } = node.state;
      for (const { name, link, segment } of node.ends) {
        if (link.mtu !== segment.mtu) this.#notes.add(path, `the MTU of ${name} is ${link.mtu}, not ${segment.mtu}`);
        if (!link.up) this.#notes.add(path, `${name} is down`);
        if (this.#context.macs && segment.network === undefined && link.mac !== deriveMac(this.#lab, node.name, name))
          this.#notes.add(path, `the MAC address of ${name} is ${link.mac}`);
        for (const { address, peer, scope } of link.addresses) {
          if (peer !== undefined) this.#notes.add(path, `${address} of ${name} has the peer ${peer}`);
          const special = scope === 'link' ? undefined : specialInItself(address);
          if (special !== undefined)
            this.#notes.add(path, `${address} of ${name} is left out: it is the ${special} of ${networkOf(address)}`);
        }
      }
      const own = publishes(node) ? rules.filter(({ table }) => table !== PUBLISH_TABLE) : rules;
      if (own.length > 0)
        this.#notes.add(path, `${own.length === 1 ? 'a routing rule is' : `${own.length} routing rules are`} left out`);
      for (const { address, mac } of neighbours) this.#notes.add(path, `the neighbour ${address} (${mac}) is left out`);
      for (const name of Object.keys(tables))
        if (
          !(node.uplink !== undefined && name === OWN_TABLE) &&
          !(name === FLOW_TABLE && hasFlowtable(node, this.#nats.of(node))) &&
          !(name === FIREWALL && policyIn(tables[name]!)) &&
          !this.#nats.says(node, name)
        )
          this.#notes.add(path, `its nftables table ${name} is left out`);
    }
  }
}

/** The table of a node's firewall. */
const FIREWALL = `inet ${FIREWALL_TABLE}`;
