import { KINDS } from '../kinds/index.ts';
import { naturalOrder } from '../base/index.ts';
import {
  HOST,
  namespaceName,
  type LinkState,
  type ObservedNamespace,
  type ObservedState,
  type ObservedRoute,
  type RuleState,
  type TableState,
} from '../state/index.ts';
import { LabMounts, type NodeProcess } from '../netns/index.ts';
import { labProcesses, observe, serviceProcesses } from '../observe/index.ts';
import { EGRESS_TABLE, readBackEgress, hostTableName, allowsOutbound } from '../topology/index.ts';
import { notUpError, savedNodeNames } from '../store/index.ts';
import { hostParts, requireHostNamespace } from '../host/index.ts';
import { requirePrivilege } from '../proc/index.ts';
import { publishedIn } from '../publish/index.ts';

/** The state of a lab in the kernel, by node and network; `netwright show --json` prints it. */
export interface LabView {
  /** The lab's name. */
  readonly lab: string;
  /** The nodes whose namespaces exist, in the natural order of their names: n1, n2, n10. */
  readonly nodes: readonly NodeView[];
  /** Names of nodes that the topology has and that do not exist; `up` creates them. */
  readonly missing: readonly string[];
  /** The lab's bridges. */
  readonly networks: readonly NetworkView[];
  /** The lab's own namespace, which contains the bridges; absent for a lab without bridges. */
  readonly own?: NamespaceView;
  /** The lab's links and tables on the host; absent for a lab without an uplink. */
  readonly host?: NamespaceView;
}

/** The state of a network namespace of a lab, or of the lab's part of the host. */
export interface NamespaceView {
  /** The name under /run/netns; empty for the host. */
  readonly namespace: string;
  readonly interfaces: readonly InterfaceView[];
  /** Whether it forwards packets of each IP version. */
  readonly forwards: { readonly ipv4: boolean; readonly ipv6: boolean };
  /** Routes of all tables and protocols, without the routes to the namespace's own addresses (table local). */
  readonly routes: readonly ObservedRoute[];
  /** Policy rules, without the three that the kernel creates in every namespace. */
  readonly rules: readonly RuleState[];
  /** Tables of nftables. */
  readonly tables: readonly TableState[];
  readonly processes: readonly ProcessView[];
}

/** A process in a namespace. */
export interface ProcessView {
  readonly pid: number;
  /** The command line, its arguments separated by spaces. */
  readonly command: string;
  /** The service, if the process is the main program of one. */
  readonly service?: string;
}

/** The state of a node in the kernel. */
export interface NodeView extends NamespaceView {
  readonly name: string;
  /** Host ports published to this node, as in a topology: `8080:80`. */
  readonly published: readonly string[];
}

/** The state of a network interface in the kernel. */
export interface InterfaceView {
  readonly name: string;
  /** Alternative names (altname of ip-link(8)). */
  readonly alternativeNames: readonly string[];
  /** The kind as ip-link(8) names it: `veth`, `bridge`, `vlan` …. */
  readonly kind: string;
  /** Whether the interface is set up (IFF_UP). */
  readonly up: boolean;
  /** Bytes. */
  readonly mtu: number;
  readonly mac?: string;
  /** Addresses with prefix length, link-local ones included, without those that every loopback has. */
  readonly addresses: readonly string[];
  /** The bridge or other master of which it is a port. */
  readonly master?: string;
  /** The other end of its veth pair; `node` is absent where that is no node. */
  readonly peer?: { readonly namespace: string; readonly node?: string; readonly interface: string };
  /** The network that its veth pair connects it to. */
  readonly network?: string;
}

/** A network of a lab, that is a bridge, and its ports. */
export interface NetworkView {
  /** The name in the topology. */
  readonly name: string;
  /** The bridge's interface name, at most 15 characters: a longer network name is its alternative name. */
  readonly interface: string;
  /** Whether the bridge is set up (IFF_UP). */
  readonly up: boolean;
  /** Bytes. */
  readonly mtu: number;
  /** Addresses of the bridge, with prefix length. */
  readonly addresses: readonly string[];
  /** Whether its nodes can open connections to destinations beyond the host. */
  readonly internet: boolean;
  /**
   * The destinations that its nodes can reach, as in `egress` of a topology; absent if egress is unrestricted. A host
   * name appears as its addresses, since the kernel stores only these.
   */
  readonly egress?: readonly string[];
  /** In the natural order of their nodes' names. */
  readonly ports: readonly PortView[];
}

/** A port of a bridge, and what is connected to it. */
export interface PortView {
  /** The interface that is the port, in the lab's own namespace. */
  readonly interface: string;
  /** Whether that interface is set up (IFF_UP). */
  readonly up: boolean;
  /** The node at the other end of the veth pair. */
  readonly node?: string;
  /** The interface at the other end of the veth pair. */
  readonly peer?: string;
}

/** The sysctls that `forwards` needs. */
const FORWARDING_SYSCTLS = ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding'];

/**
 * Reads the state of a lab from the kernel.
 * @throws NotFoundError if no such lab is up; OtherMountNamespaceError, OtherNamespaceError, CapabilityError
 */
export function view(lab: string): LabView {
  const labMounts = new LabMounts(lab);
  if (!labMounts.mounted) throw notUpError(lab);
  requirePrivilege(`reading lab "${lab}"`);
  requireHostNamespace(lab);
  const state = observe({ lab, host: hostParts(lab), sysctls: () => FORWARDING_SYSCTLS, allRoutes: true });
  const namespaces = Object.keys(state.namespaces).filter((name) => name !== HOST);
  return viewOf(lab, state, withServices(labMounts, labProcesses(labMounts, namespaces)));
}

interface ViewedProcess extends NodeProcess {
  readonly service?: string;
}

/** Adds the service's name to its main program, and leaves supervisors of services out. */
function withServices(labMounts: LabMounts, processes: readonly NodeProcess[]): ViewedProcess[] {
  const ofServices = new Map(serviceProcesses(labMounts, processes).map((process) => [process.pid, process]));
  return processes.flatMap((process) => {
    const serviceProcess = ofServices.get(process.pid);
    if (serviceProcess === undefined) return [process];
    if (serviceProcess.supervising) return [];
    return [serviceProcess.main ? { ...process, service: serviceProcess.service } : process];
  });
}

function viewOf(lab: string, state: ObservedState, processes: readonly ViewedProcess[]): LabView {
  const describe = (namespace: string, observed: ObservedNamespace): NamespaceView => ({
    namespace,
    interfaces: Object.entries(observed.links).map(([name, link]) => interfaceView(name, link, lab, state)),
    forwards: forwardsOf(namespace, observed),
    routes: observed.routes,
    rules: observed.rules,
    tables: Object.values(observed.tables),
    processes: processes
      .filter((process) => process.namespace === namespace)
      .map(({ pid, command, service }) => ({ pid, command, ...(service !== undefined && { service }) })),
  });
  const own = state.namespaces[lab];
  const host = state.namespaces[HOST];
  const table = host?.tables[`inet ${hostTableName(lab)}`];
  const published = table === undefined ? undefined : publishedIn(table);
  const nodes = Object.entries(state.namespaces).flatMap(([namespace, observed]): NodeView[] => {
    const name = observed.owner?.node;
    if (name === undefined) return [];
    return [{ name, published: published?.get(name) ?? [], ...describe(namespace, observed) }];
  });
  const isOnHost = host !== undefined && Object.keys(host.links).length + Object.keys(host.tables).length > 0;
  return {
    lab,
    nodes: nodes.toSorted((a, b) => naturalOrder(a.name, b.name)),
    missing: savedNodeNames(lab)
      .filter((node) => state.namespaces[namespaceName({ lab, node })] === undefined)
      .toSorted(naturalOrder),
    networks: own === undefined ? [] : networksOf(own, state),
    ...(own === undefined ? {} : { own: describe(lab, own) }),
    ...(isOnHost ? { host: describe(HOST, host) } : {}),
  };
}

function interfaceView(name: string, link: LinkState, lab: string, state: ObservedState): InterfaceView {
  const { kind, up, mtu, mac, master, peer, altNames = [], addresses } = link;
  const node = peer === undefined ? undefined : state.namespaces[peer.namespace]?.owner?.node;
  const bridge = peer?.namespace === lab ? state.namespaces[lab]?.links[peer.name]?.master : undefined;
  return {
    name,
    alternativeNames: altNames,
    kind,
    up,
    mtu,
    ...(mac === undefined ? {} : { mac }),
    addresses: addresses.map(({ address }) => address),
    ...(master === undefined ? {} : { master }),
    ...(peer === undefined
      ? {}
      : { peer: { namespace: peer.namespace, ...(node === undefined ? {} : { node }), interface: peer.name } }),
    ...(bridge === undefined ? {} : { network: labelOf(bridge, state.namespaces[lab]!) }),
  };
}

/**
 * A node forwards IPv4 if one of its interfaces does (conf.IF.forwarding): conf.all may only be what the namespace
 * inherited. IPv6 forwards on all interfaces or on none.
 */
function forwardsOf(namespace: string, { links, sysctls }: ObservedNamespace): NamespaceView['forwards'] {
  const ipv4 = Object.entries(links).some(([name, { inet }]) => name !== 'lo' && inet?.forwarding === true);
  return {
    ipv4: namespace === HOST ? sysctls['net.ipv4.ip_forward'] === '1' : ipv4,
    ipv6: sysctls['net.ipv6.conf.all.forwarding'] === '1',
  };
}

/** The name of a network: the bridge's alternative name if it is too long for an interface name. */
const labelOf = (name: string, { links }: ObservedNamespace): string => links[name]?.altNames?.[0] ?? name;

function networksOf(own: ObservedNamespace, state: ObservedState): NetworkView[] {
  return Object.entries(own.links)
    .filter(([, { kind }]) => kind === KINDS.bridge.name)
    .map(([bridge, { up, mtu, addresses }]) => {
      const egress = readBackEgress(own.tables[`inet ${EGRESS_TABLE}`], bridge);
      return {
        name: labelOf(bridge, own),
        interface: bridge,
        up,
        mtu,
        addresses: addresses.map(({ address }) => address),
        internet: allowsOutbound(own, bridge),
        ...(egress === undefined ? {} : { egress: egress.rules }),
        ports: portsOf(bridge, own, state),
      };
    });
}

function portsOf(bridge: string, own: ObservedNamespace, state: ObservedState): PortView[] {
  return Object.entries(own.links)
    .filter(([, { master }]) => master === bridge)
    .map(([name, { up, peer }]) => {
      const node = peer === undefined ? undefined : state.namespaces[peer.namespace]?.owner?.node;
      return {
        interface: name,
        up,
        ...(node === undefined ? {} : { node }),
        ...(peer === undefined ? {} : { peer: peer.name }),
      };
    })
    .toSorted((a, b) => naturalOrder(a.node ?? a.interface, b.node ?? b.interface));
}
