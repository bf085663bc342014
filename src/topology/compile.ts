import { deriveMac, type Cidr, type Family, type Mac } from '../addr/index.ts';
import { Issues, LinkNames } from '../format/index.ts';
import { natSysctls } from '../nat/index.ts';
import {
  HOST,
  labLinkGroup,
  namespaceName,
  type LinkState,
  type NamespaceName,
  type NamespaceState,
  type NetworkState,
  type RouteState,
} from '../state/index.ts';
import { modelOf, sourceOf } from './checked.ts';
import { egressTable } from './egress/index.ts';
import type { Expectation } from './expect/index.ts';
import { FAMILIES } from './families.ts';
import { firewallTable } from './firewall/index.ts';
import { flowTable } from './forward/index.ts';
import { namespaceFiles, uplinkFamilies, type NamespaceFiles, type Resolver } from './hosts/index.ts';
import type { Model, ModelNode } from './model.ts';
import { HOST_PORT, UPLINK } from './names.ts';
import { natTables } from './nat/index.ts';
import { replyRoutes, openPorts, publishOnHost, refuseIpv6Publications } from './publish/index.ts';
import { compileRoutes, refuseIpv6Routes } from './route/index.ts';
import type { Topology } from './schema.ts';
import { rejectSysctls, compileSysctls, inetOf, ipv6SwitchedOffBy, labNamespaceSysctls } from './sysctl/index.ts';
import { hasUplinkFor, hostState, labUplink, nodeUplinkTable, resolveUplink, type Uplink } from './uplink/index.ts';
import {
  addressesOf,
  bridge,
  hasUplink,
  LOOPBACK_LINK,
  refuseIpv6Addresses,
  routedAddresses,
  veth,
  type ModelInterface,
  type Segment,
  type WiredNode,
} from './wiring/index.ts';

/** What compiling depends on besides the topology: facts about the host, which the caller finds out. */
export interface CompileOptions {
  /** Whether the kernel has IPv6. */
  readonly ipv6: boolean;
  /** Subnets for the uplink with at least {@link uplinkHosts} host addresses. Nothing else on the host may use them. */
  readonly uplink?: { readonly v4: Cidr; readonly v6?: Cidr };
  /** The name resolution of namespaces with an uplink; when absent, no nameserver is configured. */
  readonly resolver?: Resolver;
}

export interface Compiled {
  readonly lab: string;
  readonly state: NetworkState;
  /** By name, in the order of the file. */
  readonly nodes: Readonly<Record<string, CompiledNode>>;
  readonly expectations: readonly Expectation[];
  /** Valid settings that are probably mistakes. */
  readonly warnings: readonly string[];
}

export interface CompiledNode {
  readonly namespace: NamespaceName;
  /** In order: networks, links, and the uplink if the node has one. */
  readonly interfaces: readonly CompiledInterface[];
}

export interface CompiledInterface {
  readonly name: string;
  readonly mac: Mac;
  /** The network that the interface is on; absent for a cable and for an uplink. */
  readonly network?: string;
  /** With prefix lengths; without link-local addresses. */
  readonly addresses: readonly Cidr[];
}

/**
 * Returns the kernel state that a topology describes. Pure: names and addresses depend only on the arguments.
 * @throws TopologyError if the topology cannot be built on this host, or if it was not checked before and is invalid.
 * @throws UsageError if the topology needs an uplink and `options.uplink` is missing or too small.
 */
export function compile(topology: Topology, options: CompileOptions): Compiled {
  const model = modelOf(topology);
  const issues = new Issues(sourceOf(topology));
  if (!options.ipv6) {
    refuseIpv6Addresses(model.segments, issues);
    for (const { routes } of model.nodes) refuseIpv6Routes(routes, issues);
  }
  const uplink = resolveUplink(model, options, issues);
  if (uplink !== undefined && uplink.gateways[6] === undefined) refuseIpv6Publications(model.nodes, issues);
  issues.throwIfAny();
  return new Compilation(model, options, uplink).run();
}

/** The state of one run of the compiler. */
class Compilation {
  readonly #model: Model;
  readonly #ipv6: boolean;
  readonly #uplink: Uplink | undefined;
  readonly #names: LinkNames;
  readonly #group: number;
  readonly #files: NamespaceFiles;
  readonly #hasUplinkFor = (family: Family): boolean => hasUplinkFor(this.#uplink, family);
  readonly #bridges = new Map<Segment, string>();
  readonly #lab: { -readonly [K in keyof NamespaceState]: NamespaceState[K] } & { links: Record<string, LinkState> };

  constructor(model: Model, { ipv6, resolver }: CompileOptions, uplink: Uplink | undefined) {
    this.#model = model;
    this.#ipv6 = ipv6;
    this.#uplink = uplink;
    this.#group = labLinkGroup(model.lab);
    this.#files = namespaceFiles(model, (segment) => model.egress.has(segment), resolver);
    this.#names = new LinkNames(['lo', UPLINK, HOST_PORT]);
    this.#lab = {
      owner: { lab: model.lab },
      links: { lo: LOOPBACK_LINK },
      routes: [],
      rules: [],
      neighbours: [],
      sysctls: labNamespaceSysctls(ipv6),
      tables: {},
      files: {},
    };
  }

  run(): Compiled {
    const { lab, networks, nodes, expectations, warnings } = this.#model;
    for (const network of networks) this.#addBridge(network);
    if (this.#uplink !== undefined) this.#addUplink(this.#uplink);

    const namespaces: Record<NamespaceName, NamespaceState> = {};
    if (this.#uplink !== undefined) {
      const publishing = publishOnHost(this.#model, this.#uplink);
      namespaces[HOST] = hostState(lab, this.#uplink, this.#ipv6, publishing);
    }
    namespaces[lab] = this.#lab;
    const compiled: Record<string, CompiledNode> = {};
    const routes = new Map(
      nodes.map((node) => [
        node,
        compileRoutes(node, node.routes, this.#uplinkOf(node)?.gateways ?? {}, this.#hasUplinkFor),
      ]),
    );
    const outboundFamilies = uplinkFamilies(nodes, routes, this.#hasUplinkFor);
    this.#lab.files = this.#files(undefined, FAMILIES.filter(this.#hasUplinkFor));
    for (const node of nodes) {
      const namespace = this.#namespaceOf(node);
      const { state, interfaces } = this.#node(node, routes.get(node)!, this.#files(node, outboundFamilies(node)));
      namespaces[namespace] = state;
      compiled[node.name] = { namespace, interfaces };
    }
    return { lab, state: { namespaces }, nodes: compiled, expectations, warnings };
  }

  #namespaceOf(node: WiredNode): NamespaceName {
    return namespaceName({ lab: this.#model.lab, node: node.name });
  }

  #addBridge(network: Segment): void {
    const label = network.network!;
    const { name, altNames } = this.#names.take(label);
    const mac = deriveMac(this.#model.lab, '', label);
    this.#bridges.set(network, name);
    this.#lab.links[name] = bridge({
      group: this.#group,
      mac,
      mtu: network.mtu,
      ipv6: this.#ipv6,
      ...(altNames !== undefined && { altNames }),
      addresses: routedAddresses(network.bridgeAddresses, mac),
      inet: { forwarding: network.internet, rpFilter: 0 },
    });
  }

  #addUplink(uplink: Uplink): void {
    const bridgeName = (network: Segment): string => this.#bridges.get(network)!;
    const egress = egressTable(this.#model.egress, bridgeName);
    const { links, routes, sysctls, tables } = labUplink(this.#model, uplink, this.#ipv6, bridgeName, egress);
    Object.assign(this.#lab.links, links);
    this.#lab.routes = routes;
    this.#lab.sysctls = { ...this.#lab.sysctls, ...sysctls };
    this.#lab.tables = tables;
  }

  #uplinkOf(node: ModelNode): Uplink | undefined {
    return hasUplink(node) ? this.#uplink : undefined;
  }

  #node(
    node: ModelNode,
    routes: RouteState[],
    files: NamespaceState['files'],
  ): { state: NamespaceState; interfaces: CompiledInterface[] } {
    const links: Record<string, LinkState> = { lo: LOOPBACK_LINK };
    const interfaces: CompiledInterface[] = [];
    for (const end of node.interfaces) {
      const { name, segment } = end;
      const mac = end.mac ?? deriveMac(this.#model.lab, node.name, name);
      links[name] = veth({
        group: this.#group,
        mac,
        mtu: segment.mtu,
        ipv6: this.#ipv6,
        peer:
          segment.network === undefined
            ? this.#peer(end)
            : this.#port(node, name, segment.mtu, this.#bridges.get(segment)!),
        addresses: addressesOf(end, mac, this.#ipv6 && ipv6SwitchedOffBy(node.sysctls, name) === undefined),
        inet: inetOf(node, name),
      });
      interfaces.push({
        name,
        mac,
        ...(segment.network !== undefined && { network: segment.network }),
        addresses: end.addresses,
      });
    }
    const uplink = this.#uplinkOf(node);
    if (uplink !== undefined) {
      const mac = deriveMac(this.#model.lab, node.name, UPLINK);
      const addresses = uplink.nodes.get(node)!;
      const mtu = this.#lab.links[UPLINK]!.mtu;
      links[UPLINK] = veth({
        group: this.#group,
        mac,
        mtu,
        ipv6: this.#ipv6,
        peer: this.#port(node, UPLINK, mtu, UPLINK),
        addresses: routedAddresses(addresses, mac),
        inet: inetOf(node, UPLINK),
      });
      interfaces.push({ name: UPLINK, mac, addresses });
    }
    const replies =
      uplink === undefined || node.publish === undefined
        ? undefined
        : replyRoutes(uplink.nodes.get(node)!, uplink.gateways);
    // The firewall comes first: when it replaces the uplink's filter, there is no moment without either of them.
    const tables = {
      ...firewallTable(node.firewall),
      ...(uplink !== undefined &&
        nodeUplinkTable(node, Object.keys(node.firewall?.chains ?? {}), openPorts(node.publish ?? []))),
      ...(node.flowtable &&
        interfaces.length > 0 &&
        flowTable(
          interfaces.map(({ name }) => name),
          node.nat !== undefined,
        )),
      ...natTables(node.nat, node.internet ? (uplink?.nodes.get(node) ?? []) : []),
    };
    const state: NamespaceState = {
      owner: { lab: this.#model.lab, node: node.name },
      links,
      routes: [...routes, ...(replies?.routes ?? [])],
      rules: replies?.rules ?? [],
      neighbours: [],
      sysctls: {
        ...rejectSysctls(tables, this.#ipv6),
        ...compileSysctls(node, node.sysctls, node.nat === undefined ? {} : natSysctls(node.nat.policy), this.#ipv6),
      },
      tables,
      files,
      ...(Object.keys(node.services).length > 0 && { services: node.services }),
    };
    return { state, interfaces };
  }

  #peer(end: ModelInterface): { namespace: NamespaceName; name: string } {
    const [a, b] = end.segment.members;
    const peer = a === end ? b! : a!;
    return { namespace: this.#namespaceOf(peer.node), name: peer.name };
  }

  /** Adds the bridge port of a node's interface to the lab's own namespace. Returns its namespace and name. */
  #port(
    node: ModelNode,
    interfaceName: string,
    mtu: number,
    master: string,
  ): { namespace: NamespaceName; name: string } {
    const { name, altNames } = this.#names.take(`${node.name}-${interfaceName}`);
    this.#lab.links[name] = veth({
      group: this.#group,
      mac: deriveMac(this.#model.lab, node.name, interfaceName, 'port'),
      mtu,
      ipv6: this.#ipv6,
      peer: { namespace: this.#namespaceOf(node), name: interfaceName },
      master,
      ...(altNames !== undefined && { altNames }),
      // Isolated ports: nodes share the uplink, but reach each other only over the networks of the topology.
      ...(master === UPLINK && { port: { isolated: true } }),
    });
    return { namespace: this.#model.lab, name };
  }
}
