import { deriveMac, networkOf, type Cidr } from '../addr/index.ts';
import type { Notes } from '../format/index.ts';
import { NAT_TABLE, natSysctls } from '../nat/index.ts';
import { EGRESS_TABLE, readBackEgress } from './egress/index.ts';
import { FIREWALL_TABLE, readBackPolicy } from './firewall/index.ts';
import { FLOW_TABLE, hasFlowtable, readBackSettings } from './forward/index.ts';
import { readBackHosts, readBackOwnHosts } from './hosts/index.ts';
import {
  bridgeAddresses,
  hasInternet,
  impliedSubnets,
  publishes,
  writtenAddresses,
  type FoundEnd,
  type FoundNode,
  type FoundSegment,
  type Layout,
} from './layout/index.ts';
import { LAB_TABLE, PUBLISH_TABLE } from './names.ts';
import type { NatReadBack } from './nat/index.ts';
import { gatewaysOf, readBackRoutes, type Gateways } from './route/index.ts';
import type { LinkInput, NetworkInput, NodeInput, TopologyInput } from './schema.ts';
import { readBackServices } from './services/index.ts';
import type { UplinkGateways } from './uplink/index.ts';
import { DEFAULT_MTU, specialInOwnNetwork } from './wiring/index.ts';

/** The input of a description besides the layout. */
export interface DecompileContext {
  /** Whether the kernel has IPv6. */
  readonly ipv6: boolean;
  /** The host's addresses on the uplink. */
  readonly host: UplinkGateways;
  /** Whether to write MAC addresses. */
  readonly macs: boolean;
  /** Returns the ports that a node publishes, as texts of the key `publish`. */
  readonly published: (node: FoundNode) => string[];
  /** The hosts file of the lab's own namespace; undefined where there is no lab. */
  readonly hosts: string | undefined;
}

/** Writes the topology of a layout, key by key. */
export class Description {
  readonly #lab: string;
  readonly #layout: Layout;
  readonly #context: DecompileContext;
  readonly #notes: Notes;
  readonly #nats: NatReadBack;
  readonly #gateways: Gateways;
  readonly #subnets: Map<FoundSegment, Cidr[]>;
  readonly #addresses = new Map<FoundEnd, readonly string[]>();

  constructor(lab: string, layout: Layout, context: DecompileContext, notes: Notes, bare: boolean, nats: NatReadBack) {
    this.#nats = nats;
    this.#lab = lab;
    this.#layout = layout;
    this.#context = context;
    this.#notes = notes;
    const segments = [...layout.networks, ...layout.cables];
    this.#subnets = new Map(segments.map((segment) => [segment, impliedSubnets(segment, context.ipv6, bare)]));
    this.#gateways = gatewaysOf(layout, context.host);
    for (const segment of segments) this.#planAddresses(segment);
  }

  #planAddresses(segment: FoundSegment): void {
    const gateway = this.#gateways.get(segment);
    const first = segment.ends.filter(({ node }) => node === gateway);
    const members = [...first, ...segment.ends.filter(({ node }) => node !== gateway)];
    const written = writtenAddresses(members, this.#subnets.get(segment)!, bridgeAddresses(segment));
    for (const [end, texts] of written) this.#addresses.set(end, texts);
  }

  topology(): TopologyInput & { readonly name: string } {
    const { networks, nodes, cables } = this.#layout;
    this.#noteDifferences();
    return {
      name: this.#lab,
      ...(networks.length > 0 && {
        networks: Object.fromEntries(networks.map((network) => [network.network!.name, this.#network(network)])),
      }),
      ...(nodes.length > 0 && { nodes: Object.fromEntries(nodes.map((node) => [node.name, this.#node(node)])) }),
      ...(cables.length > 0 && { links: cables.map((cable) => this.#cable(cable)) }),
      ...readBackHosts(this.#context.hosts, this.#lab, new Set(nodes.map(({ name }) => name))),
    };
  }

  #subnet(segment: FoundSegment): Pick<NetworkInput, 'subnet'> {
    const subnets = this.#subnets.get(segment)!;
    if (subnets.length === 0) return {};
    return { subnet: subnets.length === 1 ? subnets[0]! : subnets };
  }

  #network(segment: FoundSegment): NetworkInput {
    const gateway = this.#gateways.get(segment);
    return {
      ...this.#subnet(segment),
      ...(bridgeAddresses(segment).length > 0
        ? { internet: true, ...this.#egress(segment) }
        : gateway !== undefined && { gateway: gateway.name }),
      ...(segment.mtu !== DEFAULT_MTU && { mtu: segment.mtu }),
    };
  }

  #egress({ network }: FoundSegment): Pick<NetworkInput, 'egress'> {
    const { name, bridgeName } = network!;
    const egress = readBackEgress(this.#layout.tables[`inet ${EGRESS_TABLE}`], bridgeName);
    if (egress === undefined) return {};
    if (egress.hasNames) this.#notes.add(['networks', name], 'the names in `egress` are omitted');
    return { egress: [...egress.rules] };
  }

  #node(node: FoundNode): NodeInput {
    const { ipv6, host } = this.#context;
    const nat = this.#nats.of(node);
    const routes = readBackRoutes(node, this.#gateways, host, this.#notes);
    const attached = node.ends.filter(({ segment }) => segment.network !== undefined);
    return {
      ...(attached.length > 0 && { networks: this.#attachments(node, attached) }),
      ...(hasInternet(node) && { internet: true }),
      ...(publishes(node) && { publish: this.#context.published(node) }),
      ...readBackSettings(node, ipv6, nat === undefined ? undefined : natSysctls(nat.policy)),
      ...(routes.length > 0 && { routes }),
      ...readBackServices(node.state.services),
      ...this.#firewall(node),
      ...(this.#context.hosts !== undefined && readBackOwnHosts(node.state.files['hosts'])),
    };
  }

  #firewall({ state }: FoundNode): Pick<NodeInput, 'firewall'> {
    const table = state.tables[FIREWALL];
    const firewall = table === undefined ? undefined : readBackPolicy(table);
    return firewall === undefined ? {} : { firewall };
  }

  #attachments(node: FoundNode, attached: readonly FoundEnd[]): NonNullable<NodeInput['networks']> {
    const written = attached.map((end) => {
      const address = this.#addresses.get(end)!;
      const mac =
        this.#context.macs && end.link.mac !== deriveMac(this.#lab, node.name, end.name) ? end.link.mac : undefined;
      const name = this.#hasDefaultName(end) ? undefined : end.name;
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

  /** Whether an interface has its default name: `eth` and its position. */
  #hasDefaultName = (end: FoundEnd): boolean => end.name === `eth${end.node.ends.indexOf(end)}`;

  #cable(segment: FoundSegment): LinkInput {
    const { ends } = segment;
    const addresses = ends
      .map((end) => [end.node.name, this.#addresses.get(end)!] as const)
      .filter(([, texts]) => texts.length > 0)
      .map(([name, texts]) => [name, texts.length === 1 ? texts[0]! : texts] as const);
    return {
      between: ends.map((end) => (this.#hasDefaultName(end) ? end.node.name : `${end.node.name}.${end.name}`)),
      ...this.#subnet(segment),
      ...(addresses.length > 0 && { addresses: Object.fromEntries(addresses) }),
      ...(segment.mtu !== DEFAULT_MTU && { mtu: segment.mtu }),
    };
  }

  /** The nftables tables that follow from the keys of a node. */
  #expressedTables(node: FoundNode): string[] {
    const nat = this.#nats.of(node);
    return [
      ...(node.uplink === undefined ? [] : [`inet ${LAB_TABLE}`]),
      ...(hasFlowtable(node, nat !== undefined) ? [FLOW_TABLE] : []),
      ...(this.#firewall(node).firewall === undefined ? [] : [FIREWALL]),
      ...(nat === undefined ? [] : [`inet ${NAT_TABLE}`]),
    ];
  }

  /** Adds notes about state that no key expresses. */
  #noteDifferences(): void {
    for (const node of this.#layout.nodes) {
      const path = ['nodes', node.name];
      const { rules, neighbours, tables } = node.state;
      for (const { name, link, segment } of node.ends) {
        if (link.mtu !== segment.mtu) this.#notes.add(path, `the MTU of ${name} is ${link.mtu}, not ${segment.mtu}`);
        if (!link.up) this.#notes.add(path, `${name} is down`);
        if (this.#context.macs && segment.network === undefined && link.mac !== deriveMac(this.#lab, node.name, name))
          this.#notes.add(path, `the MAC address of ${name} is ${link.mac}`);
        for (const { address, peer, scope } of link.addresses) {
          if (peer !== undefined) this.#notes.add(path, `${address} of ${name} has the peer ${peer}`);
          const special = scope === 'link' ? undefined : specialInOwnNetwork(address);
          if (special !== undefined)
            this.#notes.add(path, `${address} of ${name} is omitted: it is the ${special} of ${networkOf(address)}`);
        }
      }
      const otherRules = publishes(node) ? rules.filter(({ table }) => table !== PUBLISH_TABLE) : rules;
      if (otherRules.length > 0)
        this.#notes.add(
          path,
          `${otherRules.length === 1 ? 'a routing rule is' : `${otherRules.length} routing rules are`} omitted`,
        );
      for (const { address, mac } of neighbours) this.#notes.add(path, `the neighbour ${address} (${mac}) is omitted`);
      const expressed = this.#expressedTables(node);
      for (const name of Object.keys(tables))
        if (!expressed.includes(name)) this.#notes.add(path, `its nftables table ${name} is omitted`);
    }
  }
}

/** The key of a node's firewall table. */
const FIREWALL = `inet ${FIREWALL_TABLE}`;
