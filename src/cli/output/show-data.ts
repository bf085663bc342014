import type { LabView, LinkState, NamespaceState, NetworkState, RouteState, TableState } from '../../lab/index.ts';
import { publishedIn } from '../../lab/publish/live.ts';
import { HOST_PORT, hostTableName, UPLINK } from '../../topology/uplink-names.ts';

/** A lab as `show --json` prints it: the kernel's state, told from the point of view of nodes and networks. */
export interface ShowData {
  readonly lab: string;
  readonly nodes: readonly NodeData[];
  /** The lab's bridges. */
  readonly networks: readonly NetworkData[];
  /** The lab's own namespace, which holds the bridges; absent for a lab without any. */
  readonly own?: NamespaceData;
  /** What the lab has on the host; absent for a lab that does not reach out. */
  readonly host?: NamespaceData;
}

interface NamespaceData {
  /** Its name under /run/netns; empty for the host's. */
  readonly namespace: string;
  readonly interfaces: readonly InterfaceData[];
  readonly forwards: { readonly ipv4: boolean; readonly ipv6: boolean };
  readonly routes: readonly RouteState[];
  readonly tables: readonly TableState[];
  /** `service` is the name of the service whose program it is. */
  readonly processes: readonly { readonly pid: number; readonly command: string; readonly service?: string }[];
}

export interface NodeData extends NamespaceData {
  readonly name: string;
  /** Ports of the host that lead to it, as in a topology: `8080:80`. */
  readonly published: readonly string[];
}

export interface InterfaceData {
  readonly name: string;
  readonly alternativeNames: readonly string[];
  readonly kind: string;
  readonly up: boolean;
  readonly mtu: number;
  readonly mac?: string;
  readonly addresses: readonly string[];
  /** The bridge it is a port of. */
  readonly master?: string;
  /** The other end of its cable. */
  readonly peer?: { readonly namespace: string; readonly node?: string; readonly interface: string };
  /** The network that the cable leads to. */
  readonly network?: string;
}

export interface NetworkData {
  readonly name: string;
  readonly interface: string;
  readonly up: boolean;
  readonly mtu: number;
  readonly addresses: readonly string[];
  readonly ports: readonly {
    readonly interface: string;
    readonly up: boolean;
    readonly node?: string;
    readonly peer?: string;
  }[];
}

const HOST = '';

export function showData({ lab, state, processes }: LabView): ShowData {
  const describe = (namespace: string, of: NamespaceState): NamespaceData => ({
    namespace,
    interfaces: Object.entries(of.links).map(([name, link]) => interfaceData(name, link, lab, state)),
    forwards: forwardsOf(namespace, of),
    routes: of.routes,
    tables: Object.values(of.tables),
    processes: processes.flatMap(({ pid, command, service, namespace: where }) =>
      where === namespace ? [{ pid, command, ...(service !== undefined && { service }) }] : [],
    ),
  });
  const own = state.namespaces[lab];
  const host = state.namespaces[HOST];
  const table = host?.tables[`inet ${hostTableName(lab)}`];
  const published = table === undefined ? undefined : publishedIn(table);
  const nodes = Object.entries(state.namespaces).flatMap(([namespace, of]) => {
    const name = of.owner?.node;
    return name === undefined ? [] : [{ name, published: published?.get(name) ?? [], ...describe(namespace, of) }];
  });
  const reachesOut = host !== undefined && Object.keys(host.links).length + Object.keys(host.tables).length > 0;
  return {
    lab,
    nodes,
    networks: own === undefined ? [] : networksOf(own, state),
    ...(own === undefined ? {} : { own: describe(lab, own) }),
    ...(reachesOut ? { host: describe(HOST, host) } : {}),
  };
}

function interfaceData(name: string, link: LinkState, lab: string, state: NetworkState): InterfaceData {
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
function forwardsOf(namespace: string, { links, sysctls }: NamespaceState): NamespaceData['forwards'] {
  const ipv4 = Object.entries(links).some(([name, { inet }]) => name !== 'lo' && inet?.forwarding === true);
  return {
    ipv4: namespace === HOST ? sysctls['net.ipv4.ip_forward'] === '1' : ipv4,
    ipv6: sysctls['net.ipv6.conf.all.forwarding'] === '1',
  };
}

/** A network's name may be too long for an interface; then it is an alternative name. */
const labelOf = (name: string, { links }: NamespaceState): string => links[name]?.altNames?.[0] ?? name;

function networksOf(own: NamespaceState, state: NetworkState): NetworkData[] {
  return Object.entries(own.links)
    .filter(([, { kind }]) => kind === 'bridge')
    .map(([bridge, { up, mtu, addresses }]) => ({
      name: labelOf(bridge, own),
      interface: bridge,
      up,
      mtu,
      addresses: addresses.map(({ address }) => address),
      ports: Object.entries(own.links)
        .filter(([, { master }]) => master === bridge)
        .map(([name, port]) => {
          const node = port.peer === undefined ? undefined : state.namespaces[port.peer.namespace]?.owner?.node;
          return {
            interface: name,
            up: port.up,
            ...(node === undefined ? {} : { node }),
            ...(port.peer === undefined ? {} : { peer: port.peer.name }),
          };
        }),
    }));
}

/** Whether a bridge is the one that leads out through the host, and not one of the topology's networks. */
export const isUplink = ({ interface: name }: NetworkData): boolean => name === UPLINK;

export const isHostPort = (name: string): boolean => name === HOST_PORT;
