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

/** Why nothing could arrive, whatever the network lets pass. */
export interface PathFault {
  readonly reason: string;
  /** Whether the topology says that there is none: the lab is not as it describes it. */
  readonly broken: boolean;
}

/** How many routers a packet passes at most: its hop limit (net.ipv4.ip_default_ttl). */
const MOST_HOPS = 64;

/** What a namespace has, read once. */
interface Seen {
  readonly links: ReadonlyMap<number, Link>;
  /** The link that each address is on. */
  readonly addresses: ReadonlyMap<Ip, number>;
}

/** Looks, at both ends of a way through a lab, whether packets can leave and arrive at all. */
export class PathCheck {
  readonly #compiled: Compiled;
  readonly #seen = new Map<string, Seen>();
  readonly #steered = new Map<string, boolean>();

  constructor(compiled: Compiled) {
    this.#compiled = compiled;
  }

  /** Whether the topology gives a node a way to an address: a network that it is on, or a route. */
  hasWay(node: string, target: Ip): boolean {
    const state = this.#compiled.state.namespaces[this.#compiled.nodes[node]!.namespace]!;
    return (
      Object.values(state.links).some(({ addresses }) => addresses.some(({ address }) => contains(address, target))) ||
      state.routes.some(({ type, destination }) => type === 'unicast' && contains(destination, target))
    );
  }

  /** What is wrong with a node's own end of an address that it has by the topology; undefined when nothing is. */
  arrival(node: string, target: Ip): PathFault | undefined {
    const { namespace } = this.#compiled.nodes[node]!;
    const seen = this.#lookInto(namespace);
    if (seen === undefined) return { reason: `the namespace of ${node} does not exist any more`, broken: true };
    const { links, addresses } = seen;
    const link = links.get(addresses.get(target) ?? -1);
    if (link === undefined) return { reason: `${node} does not have the address ${target}`, broken: true };
    const fault = faultOf(link);
    return fault === undefined ? undefined : { reason: `${link.name} of ${node} ${fault}`, broken: true };
  }

  /** What is wrong with the first hop from a node to a target, after something was sent there. */
  departure(node: string, target: Ip): PathFault | undefined {
    const { namespace } = this.#compiled.nodes[node]!;
    return withSocketIn(namespace, NETLINK_ROUTE, (socket): PathFault | undefined => {
      const { links } = this.#look(namespace, socket);
      const route = findRoute(socket, target);
      const link = links.get(route?.oif ?? -1);
      if (route === undefined || link === undefined) return undefined;
      const fault = faultOf(link);
      if (fault !== undefined) return { reason: `${link.name} of ${node} ${fault}`, broken: true };
      const hop = route.gateway ?? target;
      const state = findNeighbour(socket, link.index, hop)?.state ?? 0;
      if ((state & (NUD_INCOMPLETE | NUD_FAILED)) === 0) return undefined;
      return { reason: `${node} cannot resolve the neighbour ${hop}`, broken: this.#isThere(node, link.name!, hop) };
    });
  }

  /**
   * Where on its way through the lab's nodes a packet meets no route, or one that refuses it, as the kernels of these nodes
   * say when they are asked: routers tell senders too, but not often. Undefined where it would get on, where the way leads
   * out of the lab's nodes, or where rules may send the packet another way.
   */
  deadEnd(from: string, target: Ip): string | undefined {
    let node = from;
    let forwarded: { readonly source: Ip; readonly device: string } | undefined;
    for (let hops = 0; hops < MOST_HOPS; hops++) {
      const found = this.#hop(node, target, forwarded);
      if (found === undefined || typeof found === 'string') return found;
      const next = this.#owner(node, found.device, found.hop);
      if (next === undefined) return undefined;
      node = next.node;
      forwarded = { source: forwarded?.source ?? found.source, device: next.device };
    }
    return undefined;
  }

  /** Where a node sends a packet on to; why it does not, if a route is what it lacks. */
  #hop(
    node: string,
    target: Ip,
    forwarded: { readonly source: Ip; readonly device: string } | undefined,
  ): { readonly device: string; readonly hop: Ip; readonly source: Ip } | string | undefined {
    const { namespace } = this.#compiled.nodes[node]!;
    if (this.#isSteered(namespace)) return undefined;
    return withSocketIn(namespace, NETLINK_ROUTE, (socket) => {
      const { links } = this.#look(namespace, socket);
      const iif = [...links.values()].find(({ name }) => name === forwarded?.device)?.index;
      if (forwarded !== undefined && iif === undefined) return undefined;
      try {
        const route = getRouteTo(socket, target, forwarded && { from: forwarded.source, iif: iif! });
        const device = links.get(route.oif ?? -1)?.name;
        const source = forwarded?.source ?? route.prefSrc;
        if (route.type !== RTN_UNICAST || device === undefined || source === undefined) return undefined;
        return { device, hop: route.gateway ?? target, source };
      } catch (error) {
        // The sender's own has been told already.
        if (!(error instanceof NetlinkError) || forwarded === undefined) return undefined;
        return error.code === 'ENETUNREACH' ? `${node} has no route to ${target}` : undefined;
      }
    });
  }

  /** Undefined where there is no such namespace. */
  #lookInto(namespace: string): Seen | undefined {
    try {
      return withSocketIn(namespace, NETLINK_ROUTE, (socket) => this.#look(namespace, socket));
    } catch (error) {
      if (error instanceof SyscallError && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }

  #look(namespace: string, socket: NetlinkSocket): Seen {
    let seen = this.#seen.get(namespace);
    if (seen === undefined) {
      const links = new Map(getLinks(socket).map((link) => [link.index, link]));
      const addresses = new Map(
        getAddresses(socket).flatMap(({ local, address, index }) => {
          const own = local ?? address;
          return own === undefined ? [] : [[own, index] as const];
        }),
      );
      seen = { links, addresses };
      this.#seen.set(namespace, seen);
    }
    return seen;
  }

  /** Whether rules of a namespace may mark or translate a packet before its route is looked up. */
  #isSteered(namespace: string): boolean {
    let steered = this.#steered.get(namespace);
    if (steered === undefined) {
      const tables = withSocketIn(namespace, NETLINK_NETFILTER, (socket) => listTables(socket));
      steered = tables.some(({ chains }) =>
        Object.values(chains).some(
          ({ base }) => base?.hook === 'prerouting' || (base?.hook === 'output' && base.type !== 'filter'),
        ),
      );
      this.#steered.set(namespace, steered);
    }
    return steered;
  }

  /** The other node that has an address on the segment that an interface of a node is on, and its interface. */
  #owner(node: string, device: string, address: Ip): { readonly node: string; readonly device: string } | undefined {
    const { nodes } = this.#compiled;
    const own = nodes[node]!.interfaces.find(({ name }) => name === device);
    if (own === undefined) return undefined;
    for (const [other, { interfaces }] of Object.entries(nodes)) {
      const end = interfaces.find(
        (one) =>
          one !== own && one.network === own.network && one.addresses.some((given) => addressOf(given) === address),
      );
      if (end !== undefined) return { node: other, device: end.name };
    }
    return undefined;
  }

  /** Whether the topology has somebody with an address on the segment that an interface is on. */
  #isThere(node: string, device: string, address: Ip): boolean {
    if (this.#owner(node, device, address) !== undefined) return true;
    const { lab, nodes, state } = this.#compiled;
    if (nodes[node]!.interfaces.every(({ name }) => name !== device)) return false;
    // The bridges that are gateways, and the way out.
    return Object.values(state.namespaces[lab]?.links ?? {}).some(({ addresses }) =>
      addresses.some((one) => addressOf(one.address) === address),
    );
  }
}

function faultOf({ flags }: Link): string | undefined {
  if ((flags & IFF_UP) === 0) return 'is down';
  return (flags & IFF_LOWER_UP) === 0 ? 'has no carrier: the other end of its veth pair is down' : undefined;
}
