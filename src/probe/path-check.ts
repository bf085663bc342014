import { addressOf, contains, type Ip } from '../addr/index.ts';
import { SyscallError } from '../ffi/index.ts';
import { NetlinkError, NETLINK_NETFILTER, NETLINK_ROUTE, type NetlinkSocket } from '../netlink/index.ts';
import { listTables } from '../nftables/index.ts';
import {
  findNeighbour,
  findRoute,
  getAddresses,
  getLinks,
  getRouteTo,
  IFF_LOWER_UP,
  IFF_UP,
  NUD_FAILED,
  NUD_INCOMPLETE,
  RTN_UNICAST,
  type Link,
} from '../rtnetlink/index.ts';
import type { Compiled } from '../topology/index.ts';
import { withSocketIn } from '../netns/index.ts';

/** Why packets could not arrive even without a filter. */
export interface PathFault {
  readonly reason: string;
  /** True if the topology does not have this fault: the lab differs from its topology. */
  readonly broken: boolean;
}

/** The default hop limit of packets (net.ipv4.ip_default_ttl). */
const MAX_HOPS = 64;

/** The links and addresses of a namespace, read once. */
interface Snapshot {
  /** By ifindex. */
  readonly links: ReadonlyMap<number, Link>;
  /** The ifindex that each address belongs to. */
  readonly addresses: ReadonlyMap<Ip, number>;
}

/** A packet that is forwarded: its source address, and the interface it arrives on. */
interface Forwarded {
  readonly source: Ip;
  readonly device: string;
}

/** Checks whether packets can leave their sender and arrive at their target, apart from any filter. */
export class PathCheck {
  readonly #compiled: Compiled;
  readonly #snapshots = new Map<string, Snapshot>();
  readonly #reroutes = new Map<string, boolean>();

  constructor(compiled: Compiled) {
    this.#compiled = compiled;
  }

  /** True if the node has a connected network or a route for the address, according to the topology. */
  hasRoute(node: string, target: Ip): boolean {
    const state = this.#compiled.state.namespaces[this.#compiled.nodes[node]!.namespace]!;
    return (
      Object.values(state.links).some(({ addresses }) => addresses.some(({ address }) => contains(address, target))) ||
      state.routes.some(({ type, destination }) => type === 'unicast' && contains(destination, target))
    );
  }

  /** Why a node cannot receive packets to its own address: the address or its link is missing or down. */
  targetFault(node: string, target: Ip): PathFault | undefined {
    const { namespace } = this.#compiled.nodes[node]!;
    const snapshot = this.#snapshotOf(namespace);
    if (snapshot === undefined) return { reason: `the namespace of ${node} does not exist any more`, broken: true };
    const { links, addresses } = snapshot;
    const link = links.get(addresses.get(target) ?? -1);
    if (link === undefined) return { reason: `${node} does not have the address ${target}`, broken: true };
    const fault = faultOf(link);
    return fault === undefined ? undefined : { reason: `${link.name} of ${node} ${fault}`, broken: true };
  }

  /** Why a node cannot send to the first hop towards a target. To be called after a packet was sent there. */
  firstHopFault(node: string, target: Ip): PathFault | undefined {
    const { namespace } = this.#compiled.nodes[node]!;
    return withSocketIn(namespace, NETLINK_ROUTE, (socket): PathFault | undefined => {
      const { links } = this.#read(namespace, socket);
      const route = findRoute(socket, target);
      const link = links.get(route?.oif ?? -1);
      if (route === undefined || link === undefined) return undefined;
      const fault = faultOf(link);
      if (fault !== undefined) return { reason: `${link.name} of ${node} ${fault}`, broken: true };
      const hop = route.gateway ?? target;
      const state = findNeighbour(socket, link.index, hop)?.state ?? 0;
      if ((state & (NUD_INCOMPLETE | NUD_FAILED)) === 0) return undefined;
      return {
        reason: `${node} cannot resolve the neighbour ${hop}`,
        broken: this.#isInTopology(node, link.name!, hop),
      };
    });
  }

  /**
   * Follows a packet through the lab's nodes with RTM_GETROUTE, and returns the text for the first forwarding node
   * without a route to the target. (The ICMP errors of routers are rate-limited.) Returns undefined if every node has a
   * route, if the path leaves the lab's nodes, or if nftables rules of a node can change the route.
   */
  deadEnd(from: string, target: Ip): string | undefined {
    let node = from;
    let forwarded: Forwarded | undefined;
    for (let hops = 0; hops < MAX_HOPS; hops++) {
      const route = this.#routeFrom(node, target, forwarded);
      if (route === undefined || typeof route === 'string') return route;
      const next = this.#owner(node, route.device, route.hop);
      if (next === undefined) return undefined;
      node = next.node;
      forwarded = { source: forwarded?.source ?? route.source, device: next.device };
    }
    return undefined;
  }

  /** A node's output interface and next hop for a packet; the text for the fault if a forwarding node has no route. */
  #routeFrom(
    node: string,
    target: Ip,
    forwarded: Forwarded | undefined,
  ): { readonly device: string; readonly hop: Ip; readonly source: Ip } | string | undefined {
    const { namespace } = this.#compiled.nodes[node]!;
    if (this.#canReroute(namespace)) return undefined;
    return withSocketIn(namespace, NETLINK_ROUTE, (socket) => {
      const { links } = this.#read(namespace, socket);
      const iif = [...links.values()].find(({ name }) => name === forwarded?.device)?.index;
      if (forwarded !== undefined && iif === undefined) return undefined;
      try {
        const route = getRouteTo(socket, target, forwarded && { from: forwarded.source, iif: iif! });
        const device = links.get(route.oif ?? -1)?.name;
        const source = forwarded?.source ?? route.prefSrc;
        if (route.type !== RTN_UNICAST || device === undefined || source === undefined) return undefined;
        return { device, hop: route.gateway ?? target, source };
      } catch (error) {
        // The sender's own error was already returned by its send call.
        if (!(error instanceof NetlinkError) || forwarded === undefined) return undefined;
        return error.code === 'ENETUNREACH' ? `${node} has no route to ${target}` : undefined;
      }
    });
  }

  /** Undefined if the namespace does not exist. */
  #snapshotOf(namespace: string): Snapshot | undefined {
    try {
      return withSocketIn(namespace, NETLINK_ROUTE, (socket) => this.#read(namespace, socket));
    } catch (error) {
      if (error instanceof SyscallError && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }

  #read(namespace: string, socket: NetlinkSocket): Snapshot {
    let snapshot = this.#snapshots.get(namespace);
    if (snapshot === undefined) {
      const links = new Map(getLinks(socket).map((link) => [link.index, link]));
      const addresses = new Map(
        getAddresses(socket).flatMap(({ local, address, index }) => {
          const own = local ?? address;
          return own === undefined ? [] : [[own, index] as const];
        }),
      );
      snapshot = { links, addresses };
      this.#snapshots.set(namespace, snapshot);
    }
    return snapshot;
  }

  /** True if nftables rules of a namespace could mark or translate a packet before its route lookup. */
  #canReroute(namespace: string): boolean {
    let reroutes = this.#reroutes.get(namespace);
    if (reroutes === undefined) {
      const tables = withSocketIn(namespace, NETLINK_NETFILTER, (socket) => listTables(socket));
      reroutes = tables.some(({ chains }) =>
        Object.values(chains).some(
          ({ base }) => base?.hook === 'prerouting' || (base?.hook === 'output' && base.type !== 'filter'),
        ),
      );
      this.#reroutes.set(namespace, reroutes);
    }
    return reroutes;
  }

  /** The other node, and its interface, with this address on the network of a node's interface. */
  #owner(node: string, device: string, address: Ip): { readonly node: string; readonly device: string } | undefined {
    const { nodes } = this.#compiled;
    const own = nodes[node]!.interfaces.find(({ name }) => name === device);
    if (own === undefined) return undefined;
    for (const [other, { interfaces }] of Object.entries(nodes)) {
      const found = interfaces.find(
        (candidate) =>
          candidate !== own &&
          candidate.network === own.network &&
          candidate.addresses.some((cidr) => addressOf(cidr) === address),
      );
      if (found !== undefined) return { node: other, device: found.name };
    }
    return undefined;
  }

  /** True if the topology has this address on the network of a node's interface. */
  #isInTopology(node: string, device: string, address: Ip): boolean {
    if (this.#owner(node, device, address) !== undefined) return true;
    const { lab, nodes, state } = this.#compiled;
    if (nodes[node]!.interfaces.every(({ name }) => name !== device)) return false;
    // Bridges that are gateways, and the uplink.
    return Object.values(state.namespaces[lab]?.links ?? {}).some(({ addresses }) =>
      addresses.some((own) => addressOf(own.address) === address),
    );
  }
}

function faultOf({ flags }: Link): string | undefined {
  if ((flags & IFF_UP) === 0) return 'is down';
  return (flags & IFF_LOWER_UP) === 0 ? 'has no carrier: the other end of its veth pair is down' : undefined;
}
