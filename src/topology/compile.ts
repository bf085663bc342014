import { deriveMac, familyOf, networkOf, type Cidr, type Family, type Mac } from '../addr/index.ts';
import { UsageError } from '../base/error.ts';
import {
  HOST,
  namespaceName,
  type LinkState,
  type NamespaceName,
  type NamespaceState,
  type NetworkState,
  type RouteState,
  type TableState,
} from '../state/index.ts';
import { modelOf, sourceOf } from './checked.ts';
import { namespaceFiles, type NamespaceFiles } from './files.ts';
import { compileFirewall, FIREWALL_TABLE } from './firewall/index.ts';
import { flowTable } from './flowtable.ts';
import { Issues, LinkNames } from '../format/index.ts';
import { addressesOf, bridge, LOOPBACK, routedAddresses, veth } from './links.ts';
import {
  FAMILIES,
  hasUplink,
  type Expectation,
  type Model,
  type ModelInterface,
  type ModelNode,
  type Segment,
} from './model.ts';
import { natTables } from './nat/tables.ts';
import { answeringRoutes } from './publish.ts';
import { publicationText } from './publish-text.ts';
import { waysOut, type Resolver } from './resolver.ts';
import { routesOf } from './routes.ts';
import type { Topology } from './schema.ts';
import { firstOverlap, subnetOf } from './subnet.ts';
import { answeringSysctls, inetOf, ipv6SwitchedOffBy, switchSysctls, sysctlsOf } from './sysctls.ts';
import { hostState, labUplink, nodeUplinkTable } from './uplink.ts';
import { hasWayOut, planUplink, uplinkSize, type Uplink } from './uplink-plan.ts';
import { HOST_PORT, UPLINK } from './uplink-names.ts';

/** What compiling depends on besides the topology: facts of the machine, found by whoever calls. */
export interface CompileOptions {
  /** Whether the kernel has IPv6. */
  readonly ipv6: boolean;
  /** Subnets of {@link uplinkHosts} addresses or more that nothing else on the host uses. */
  readonly uplink?: { readonly v4: Cidr; readonly v6?: Cidr };
  /** How whoever has a way out looks names up; nobody can when absent. */
  readonly resolver?: Resolver;
}

export interface Compiled {
  readonly lab: string;
  readonly state: NetworkState;
  /** By name, in the order of the file. */
  readonly nodes: Readonly<Record<string, CompiledNode>>;
  readonly expectations: readonly Expectation[];
  /** What is legal but will surprise. */
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
  /** The network it is on; absent for a cable and an uplink. */
  readonly network?: string;
  /** With prefix lengths, link-local ones left out. */
  readonly addresses: readonly Cidr[];
}

/** How many addresses the uplink's subnet must have for the host, the lab's namespace and nodes; 0 without internet. */
export function uplinkHosts(topology: Topology): number {
  return uplinkSize(modelOf(topology));
}

/** What of a lab reaches beyond the host, in words; from a network whose `egress` is empty nothing does. */
export function outwardParts(topology: Topology): readonly string[] {
  const { networks, nodes } = modelOf(topology);
  return [
    ...(networks.some(({ internet, egress }) => internet && egress?.length !== 0) ? ['networks with internet'] : []),
    ...(nodes.some(({ internet }) => internet) ? ['nodes with internet'] : []),
    ...(nodes.some(({ publish }) => publish !== undefined) ? ['published ports'] : []),
  ];
}

/** Whether the uplink needs an IPv6 subnet, where the host can give it one. */
export function wantsIpv6Uplink(topology: Topology): boolean {
  const { segments, nodes } = modelOf(topology);
  return (
    segments.some(({ subnets }) => subnets.some(({ family }) => family === 6)) ||
    nodes.some(({ publish }) => publish?.some(({ family }) => family === 6))
  );
}

/** The subnets that a lab's nodes use, for whoever chooses an uplink that none of them overlaps. */
export function subnetsOf(topology: Topology): readonly Cidr[] {
  return modelOf(topology).segments.flatMap(({ subnets }) => subnets.map(({ network }) => network));
}

/**
 * Turns a topology into the state of the kernel that it describes. Pure: names and addresses depend on nothing but the
 * arguments.
 * @throws TopologyError when the topology cannot be built on this machine, or was not checked and is wrong.
 * @throws UsageError when it needs an uplink that is missing or too small.
 */
export function compile(topology: Topology, options: CompileOptions): Compiled {
  const model = modelOf(topology);
  const issues = new Issues(sourceOf(topology));
  if (!options.ipv6) refuseIpv6(model, issues);
  const uplink = uplinkOf(model, options, issues);
  issues.throwIfAny();
  return new Compilation(model, options, uplink).run();
}

const needsIpv6 = (what: string): string => `${what} needs IPv6, which this kernel has off`;

function refuseIpv6({ segments, nodes }: Model, issues: Issues): void {
  for (const { path, subnets, members } of segments) {
    const subnet = subnets.find(({ family }) => family === 6);
    if (subnet !== undefined) {
      issues.add([...path, 'subnet'], needsIpv6(`the subnet ${subnet.network}`));
      continue;
    }
    for (const end of members) {
      const address = end.addresses.find((candidate) => familyOf(candidate) === 6);
      if (address !== undefined) issues.add(end.path, needsIpv6(`the address ${address}`));
    }
  }
  for (const { routes } of nodes) {
    for (const { path, family, route } of routes)
      if (family === 6) issues.add(path, needsIpv6(`the route to ${route.destination}`));
  }
}

function uplinkOf(model: Model, { uplink, ipv6 }: CompileOptions, issues: Issues): Uplink | undefined {
  const hosts = uplinkSize(model);
  if (hosts === 0) return undefined;
  if (uplink === undefined)
    throw new UsageError(
      `the lab "${model.lab}" reaches the internet and needs an uplink: a subnet of ${hosts} addresses`,
    );
  const v6 = ipv6 && uplink.v6 !== undefined ? [uplink.v6] : [];
  const subnets = [uplink.v4, ...v6].map((subnet) => subnetOf(networkOf(subnet)));
  const plan = planUplink(model, subnets);
  if (plan === undefined)
    throw new UsageError(`the uplink ${uplink.v4} of the lab "${model.lab}" is too small: it needs ${hosts} addresses`);
  if (v6.length === 0) {
    for (const { path, publish = [] } of model.nodes)
      for (const [i, one] of publish.entries())
        if (one.family === 6)
          issues.add(
            [...path, 'publish', i],
            `${publicationText(one)} is published over IPv6, which the host does not forward: sysctl -w net.ipv6.conf.all.forwarding=1`,
          );
  }
  const seen = model.segments.filter(
    ({ internet, members }) => internet || members.some(({ node }) => hasUplink(node)),
  );
  for (const segment of seen) {
    for (const subnet of segment.subnets) {
      const overlap = subnets
        .map((other) => firstOverlap([{ subnet }, { subnet: other }]))
        .find((found) => found !== undefined);
      if (overlap !== undefined)
        issues.add(
          [...segment.path, 'subnet'],
          `the subnet ${subnet.network} overlaps that of the uplink, ${uplink.v4}`,
        );
    }
  }
  return plan;
}

const firewallTable = ({ firewall }: ModelNode): Record<string, TableState> =>
  firewall === undefined ? {} : { [`inet ${FIREWALL_TABLE}`]: compileFirewall(firewall) };

/** One run of the compiler: what it has built so far. */
class Compilation {
  readonly #model: Model;
  readonly #ipv6: boolean;
  readonly #uplink: Uplink | undefined;
  readonly #names: LinkNames;
  readonly #files: NamespaceFiles;
  readonly #hasWayOut = (family: Family): boolean => hasWayOut(this.#uplink, family);
  readonly #bridges = new Map<Segment, string>();
  readonly #lab: { -readonly [K in keyof NamespaceState]: NamespaceState[K] } & { links: Record<string, LinkState> };

  constructor(model: Model, { ipv6, resolver }: CompileOptions, uplink: Uplink | undefined) {
    this.#model = model;
    this.#ipv6 = ipv6;
    this.#uplink = uplink;
    this.#files = namespaceFiles(model, resolver);
    this.#names = new LinkNames(['lo', UPLINK, HOST_PORT]);
    this.#lab = {
      owner: { lab: model.lab },
      links: { lo: LOOPBACK },
      routes: [],
      rules: [],
      neighbours: [],
      sysctls: switchSysctls(ipv6),
      tables: {},
      files: {},
    };
  }

  run(): Compiled {
    const { lab, networks, nodes, expectations, warnings } = this.#model;
    for (const network of networks) this.#addBridge(network);
    if (this.#uplink !== undefined) this.#addUplink(this.#uplink);

    const namespaces: Record<NamespaceName, NamespaceState> = {};
    if (this.#uplink !== undefined) namespaces[HOST] = hostState(this.#model, this.#uplink, this.#ipv6);
    namespaces[lab] = this.#lab;
    const compiled: Record<string, CompiledNode> = {};
    const routes = new Map(
      nodes.map((node) => [node, routesOf(node, this.#uplinkOf(node)?.gateways ?? {}, this.#hasWayOut)]),
    );
    const outside = waysOut(this.#model, routes, this.#hasWayOut);
    this.#lab.files = this.#files(undefined, FAMILIES.filter(this.#hasWayOut));
    for (const node of nodes) {
      const namespace = this.#namespaceOf(node);
      const { state, interfaces } = this.#node(node, routes.get(node)!, this.#files(node, outside(node)));
      namespaces[namespace] = state;
      compiled[node.name] = { namespace, interfaces };
    }
    return { lab, state: { namespaces }, nodes: compiled, expectations, warnings };
  }

  #namespaceOf(node: ModelNode): NamespaceName {
    return namespaceName({ lab: this.#model.lab, node: node.name });
  }

  #addBridge(network: Segment): void {
    const label = network.network!;
    const { name, altNames } = this.#names.take(label);
    const mac = deriveMac(this.#model.lab, '', label);
    this.#bridges.set(network, name);
    this.#lab.links[name] = bridge({
      mac,
      mtu: network.mtu,
      ipv6: this.#ipv6,
      ...(altNames !== undefined && { altNames }),
      addresses: routedAddresses(network.bridgeAddresses, mac),
      inet: { forwarding: network.internet, rpFilter: 0 },
    });
  }

  #addUplink(uplink: Uplink): void {
    const { links, routes, sysctls, tables } = labUplink(this.#model, uplink, this.#ipv6, (network) =>
      this.#bridges.get(network)!,
    );
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
    const links: Record<string, LinkState> = { lo: LOOPBACK };
    const interfaces: CompiledInterface[] = [];
    for (const end of node.interfaces) {
      const { name, segment } = end;
      const mac = end.mac ?? deriveMac(this.#model.lab, node.name, name);
      links[name] = veth({
        mac,
        mtu: segment.mtu,
        ipv6: this.#ipv6,
        peer:
          segment.network === undefined
            ? this.#farEnd(end)
            : this.#port(node, name, segment.mtu, this.#bridges.get(segment)!),
        addresses: addressesOf(end, mac, this.#ipv6 && ipv6SwitchedOffBy(node, name) === undefined),
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
        mac,
        mtu,
        ipv6: this.#ipv6,
        peer: this.#port(node, UPLINK, mtu, UPLINK),
        addresses: routedAddresses(addresses, mac),
        inet: inetOf(node, UPLINK),
      });
      interfaces.push({ name: UPLINK, mac, addresses });
    }
    const answering =
      uplink === undefined || node.publish === undefined
        ? undefined
        : answeringRoutes(uplink.nodes.get(node)!, uplink.gateways);
    // The firewall first: where one comes in the place of a guard, there is no moment with neither.
    const tables = {
      ...firewallTable(node),
      ...(uplink !== undefined && nodeUplinkTable(node)),
      ...(node.flowtable &&
        interfaces.length > 0 &&
        flowTable(
          interfaces.map(({ name }) => name),
          node.nat !== undefined,
        )),
      ...natTables(node, node.internet ? (uplink?.nodes.get(node) ?? []) : []),
    };
    const state: NamespaceState = {
      owner: { lab: this.#model.lab, node: node.name },
      links,
      routes: [...routes, ...(answering?.routes ?? [])],
      rules: answering?.rules ?? [],
      neighbours: [],
      sysctls: { ...answeringSysctls(tables, this.#ipv6), ...sysctlsOf(node, this.#ipv6) },
      tables,
      files,
      ...(Object.keys(node.services).length > 0 && { services: node.services }),
    };
    return { state, interfaces };
  }

  #farEnd(end: ModelInterface): { namespace: NamespaceName; name: string } {
    const [a, b] = end.segment.members;
    const far = a === end ? b! : a!;
    return { namespace: this.#namespaceOf(far.node), name: far.name };
  }

  /** Adds the bridge's end of a node's cable to the lab's namespace. */
  #port(
    node: ModelNode,
    interfaceName: string,
    mtu: number,
    master: string,
  ): { namespace: NamespaceName; name: string } {
    const { name, altNames } = this.#names.take(`${node.name}-${interfaceName}`);
    this.#lab.links[name] = veth({
      mac: deriveMac(this.#model.lab, node.name, interfaceName, 'port'),
      mtu,
      ipv6: this.#ipv6,
      peer: { namespace: this.#namespaceOf(node), name: interfaceName },
      master,
      ...(altNames !== undefined && { altNames }),
      // Nodes share the way out, not a network: they reach each other only where the topology says so.
      ...(master === UPLINK && { port: { isolated: true } }),
    });
    return { namespace: this.#model.lab, name };
  }
}
