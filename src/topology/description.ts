import { deriveMac, networkOf, type Cidr } from '../addr/index.ts';
import type { Notes } from '../format/index.ts';
import { NAT_TABLE, natSysctls } from '../nat/index.ts';
import { EGRESS_TABLE, egressOf } from './egress/index.ts';
import { FIREWALL_TABLE, policyIn } from './firewall/index.ts';
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

/** What a description depends on besides the layout. */
export interface DecompileContext {
  readonly ipv6: boolean;
  readonly host: UplinkGateways;
  readonly macs: boolean;
  /** What a node publishes. */
  readonly published: (node: FoundNode) => string[];
  /** The lab's own file of names; none of what is no lab. */
  readonly hosts: string | undefined;
}

/** What of a layout a topology says, key by key. */
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
    const egress = egressOf(this.#layout.tables[`inet ${EGRESS_TABLE}`], bridgeName);
    if (egress === undefined) return {};
    if (egress.hasNames) this.#notes.add(['networks', name], 'the names in `egress` are omitted');
    return { egress: [...egress.rules] };
  }

  #node(node: FoundNode): NodeInput {
    const { ipv6, host } = this.#context;
    const nat = this.#nats.of(node);
    const routes = readBackRoutes(node, this.#gateways, host, this.#notes);
    const plugged = node.ends.filter(({ segment }) => segment.network !== undefined);
    return {
      ...(plugged.length > 0 && { networks: this.#attachments(node, plugged) }),
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
    const firewall = table === undefined ? undefined : policyIn(table);
    return firewall === undefined ? {} : { firewall };
  }

  #attachments(node: FoundNode, plugged: readonly FoundEnd[]): NonNullable<NodeInput['networks']> {
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
  #isNumbered = (end: FoundEnd): boolean => end.name === `eth${end.node.ends.indexOf(end)}`;

  #cable(segment: FoundSegment): LinkInput {
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

  /** The nftables tables that keys of a node stand for. */
  #tablesOfKeys(node: FoundNode): string[] {
    const nat = this.#nats.of(node);
    return [
      ...(node.uplink === undefined ? [] : [`inet ${LAB_TABLE}`]),
      ...(hasFlowtable(node, nat !== undefined) ? [FLOW_TABLE] : []),
      ...(this.#firewall(node).firewall === undefined ? [] : [FIREWALL]),
      ...(nat === undefined ? [] : [`inet ${NAT_TABLE}`]),
    ];
  }

  /** Says what nothing above has a place for. */
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
      const own = publishes(node) ? rules.filter(({ table }) => table !== PUBLISH_TABLE) : rules;
      if (own.length > 0)
        this.#notes.add(path, `${own.length === 1 ? 'a routing rule is' : `${own.length} routing rules are`} omitted`);
      for (const { address, mac } of neighbours) this.#notes.add(path, `the neighbour ${address} (${mac}) is omitted`);
      const known = this.#tablesOfKeys(node);
      for (const name of Object.keys(tables))
        if (!known.includes(name)) this.#notes.add(path, `its nftables table ${name} is omitted`);
    }
  }
}

/** The table of a node's firewall. */
const FIREWALL = `inet ${FIREWALL_TABLE}`;
