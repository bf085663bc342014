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
import { EGRESS_TABLE, egressOf, hostTableName, allowsOutbound } from '../topology/index.ts';
import { notUp, savedNodeNames } from '../store/index.ts';
import { hostParts, requireHostNamespace } from '../host/index.ts';
import { publishedIn } from '../publish/index.ts';

/** A lab as the kernel has it, told from the point of view of nodes and networks; `netwright show --json` prints it. */
export interface LabView {
  readonly lab: string;
  /** In the natural order of their names: n1, n2, n10. */
  readonly nodes: readonly NodeView[];
  /** The names of nodes that its topology has, and that are not there; `up` makes them. */
  readonly missing: readonly string[];
  /** The lab's bridges. */
  readonly networks: readonly NetworkView[];
  /** The lab's own namespace, which holds the bridges; absent for a lab without any. */
  readonly own?: NamespaceView;
  /** What the lab has on the host; absent for a lab that does not reach out. */
  readonly host?: NamespaceView;
}

/** A network namespace of a lab, or what of the host is a lab's, as the kernel has it. */
export interface NamespaceView {
  /** Its name under /run/netns; empty for the host's. */
  readonly namespace: string;
  readonly interfaces: readonly InterfaceView[];
  readonly forwards: { readonly ipv4: boolean; readonly ipv6: boolean };
  /** Of all tables and whoever put them there, but for those to the namespace's own addresses. */
  readonly routes: readonly ObservedRoute[];
  /** Policy rules, besides the three that every namespace has. */
  readonly rules: readonly RuleState[];
  readonly tables: readonly TableState[];
  readonly processes: readonly ProcessView[];
}

/** A process in a namespace. */
export interface ProcessView {
  readonly pid: number;
  readonly command: string;
  /** The name of the service whose program it is. */
  readonly service?: string;
}

/** A node of a lab as the kernel has it. */
export interface NodeView extends NamespaceView {
  readonly name: string;
  /** Ports of the host that lead to it, as in a topology: `8080:80`. */
  readonly published: readonly string[];
}

/** A network interface as the kernel has it. */
export interface InterfaceView {
  readonly name: string;
  readonly alternativeNames: readonly string[];
  readonly kind: string;
  readonly up: boolean;
  /** Bytes. */
  readonly mtu: number;
  readonly mac?: string;
  /** Link-local ones too; the loopback's own left out. */
  readonly addresses: readonly string[];
  /** The bridge it is a port of. */
  readonly master?: string;
  /** The other end of its cable. */
  readonly peer?: { readonly namespace: string; readonly node?: string; readonly interface: string };
  /** The network that the cable leads to. */
  readonly network?: string;
}

/** A network of a lab, which is a bridge, and who is plugged into it. */
export interface NetworkView {
  readonly name: string;
  readonly interface: string;
  readonly up: boolean;
  /** Bytes. */
  readonly mtu: number;
  readonly addresses: readonly string[];
  /** Whether its members may begin connections to beyond the host. */
  readonly internet: boolean;
  /** What of it they reach, in the words of a topology, where that is limited. Of names the kernel knows addresses alone. */
  readonly egress?: readonly string[];
  readonly ports: readonly PortView[];
}

/** An interface of a bridge, and what it leads to. */
export interface PortView {
  readonly interface: string;
  readonly up: boolean;
  readonly node?: string;
  readonly peer?: string;
}

/** Settings that are told of. */
const SHOWN_SYSCTLS = ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding', 'net.ipv4.conf.all.rp_filter'];

/** What a lab is made of, as the kernel has it. @throws NotFoundError */
export function view(lab: string): LabView {
  const labMounts = new LabMounts(lab);
  if (!labMounts.mounted) throw notUp(lab);
  requireHostNamespace(lab);
  const state = observe({ lab, host: hostParts(lab), sysctls: () => SHOWN_SYSCTLS, allRoutes: true });
  const namespaces = Object.keys(state.namespaces).filter((name) => name !== HOST);
  return viewOf(lab, state, withServices(labMounts, labProcesses(labMounts, namespaces)));
}

interface ViewedProcess extends NodeProcess {
  readonly service?: string;
}

/** Says which are services, and leaves out what starts them again. */
function withServices(labMounts: LabMounts, processes: readonly NodeProcess[]): ViewedProcess[] {
  const marked = new Map(serviceProcesses(labMounts, processes).map((one) => [one.pid, one]));
  return processes.flatMap((process) => {
    const one = marked.get(process.pid);
    if (one === undefined) return [process];
    if (one.supervising) return [];
    return [one.main ? { ...process, service: one.service } : process];
  });
}

function viewOf(lab: string, state: ObservedState, processes: readonly ViewedProcess[]): LabView {
  const describe = (namespace: string, of: ObservedNamespace): NamespaceView => ({
    namespace,
    interfaces: Object.entries(of.links).map(([name, link]) => interfaceView(name, link, lab, state)),
    forwards: forwardsOf(namespace, of),
    routes: of.routes,
    rules: of.rules,
    tables: Object.values(of.tables),
    processes: processes.flatMap(({ pid, command, service, namespace: where }) =>
      where === namespace ? [{ pid, command, ...(service !== undefined && { service }) }] : [],
    ),
  });
  const own = state.namespaces[lab];
  const host = state.namespaces[HOST];
  const table = host?.tables[`inet ${hostTableName(lab)}`];
  const published = table === undefined ? undefined : publishedIn(table);
  const nodes = Object.entries(state.namespaces).flatMap(([namespace, of]): NodeView[] => {
    const name = of.owner?.node;
    return name === undefined ? [] : [{ name, published: published?.get(name) ?? [], ...describe(namespace, of) }];
  });
  const reachesOut = host !== undefined && Object.keys(host.links).length + Object.keys(host.tables).length > 0;
  return {
    lab,
    nodes: nodes.toSorted((a, b) => naturalOrder(a.name, b.name)),
    missing: savedNodeNames(lab)
      .filter((node) => state.namespaces[namespaceName({ lab, node })] === undefined)
      .toSorted(naturalOrder),
    networks: own === undefined ? [] : networksOf(own, state),
    ...(own === undefined ? {} : { own: describe(lab, own) }),
    ...(reachesOut ? { host: describe(HOST, host) } : {}),
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

/** IPv4 is forwarded interface by interface, whatever a namespace inherited; IPv6 by all or none. */
function forwardsOf(namespace: string, { links, sysctls }: ObservedNamespace): NamespaceView['forwards'] {
  const ipv4 = Object.entries(links).some(([name, { inet }]) => name !== 'lo' && inet?.forwarding === true);
  return {
    ipv4: namespace === HOST ? sysctls['net.ipv4.ip_forward'] === '1' : ipv4,
    ipv6: sysctls['net.ipv6.conf.all.forwarding'] === '1',
  };
}

/** A network's name may be too long for an interface; then it is an alternative name. */
const labelOf = (name: string, { links }: ObservedNamespace): string => links[name]?.altNames?.[0] ?? name;

function networksOf(own: ObservedNamespace, state: ObservedState): NetworkView[] {
  return Object.entries(own.links)
    .filter(([, { kind }]) => kind === KINDS.bridge.name)
    .map(([bridge, { up, mtu, addresses }]) => {
      const egress = egressOf(own.tables[`inet ${EGRESS_TABLE}`], bridge);
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
