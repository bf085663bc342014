import { addressOf, contains, type Ip } from '../../addr/index.ts';
import { SyscallError } from '../../ffi/index.ts';
import { NetlinkError, NETLINK_ROUTE, type NetlinkSocket } from '../../netlink/index.ts';
import {
  findNeighbour,
  getAddresses,
  getLinks,
  getRouteTo,
  IFF_LOWER_UP,
  IFF_UP,
  NUD_FAILED,
  NUD_INCOMPLETE,
  type Link,
} from '../../rtnetlink/index.ts';
import type { Compiled } from '../../topology/index.ts';
import { withSocketIn } from '../socket-in.ts';

/** Why nothing could arrive, whatever the network lets pass. */
export interface Gap {
  readonly reason: string;
  /** Whether the topology says that there is none: the lab is not as it describes it. */
  readonly broken: boolean;
}

/** What a namespace has, read once. */
interface Seen {
  readonly links: ReadonlyMap<number, Link>;
  /** The link that each address is on. */
  readonly addresses: ReadonlyMap<Ip, number>;
}

/** Looks, at both ends of a way through a lab, whether packets can leave and arrive at all. */
export class Ways {
  readonly #compiled: Compiled;
  readonly #seen = new Map<string, Seen>();

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
  arrival(node: string, target: Ip): Gap | undefined {
    const { namespace } = this.#compiled.nodes[node]!;
    const seen = this.#lookInto(namespace);
    if (seen === undefined) return { reason: `the namespace of ${node} is gone`, broken: true };
    const { links, addresses } = seen;
    const link = links.get(addresses.get(target) ?? -1);
    if (link === undefined) return { reason: `${node} does not have the address ${target}`, broken: true };
    const fault = faultOf(link);
    return fault === undefined ? undefined : { reason: `${link.name} of ${node} ${fault}`, broken: true };
  }

  /** What is wrong with the first hop from a node to a target, after something was sent there. */
  departure(node: string, target: Ip): Gap | undefined {
    const { namespace } = this.#compiled.nodes[node]!;
    return withSocketIn(namespace, NETLINK_ROUTE, (socket): Gap | undefined => {
      const { links } = this.#look(namespace, socket);
      const route = routeTo(socket, target);
      const link = links.get(route?.oif ?? -1);
      if (route === undefined || link === undefined) return undefined;
      const fault = faultOf(link);
      if (fault !== undefined) return { reason: `${link.name} of ${node} ${fault}`, broken: true };
      const hop = route.gateway ?? target;
      const state = findNeighbour(socket, link.index, hop)?.state ?? 0;
      if ((state & (NUD_INCOMPLETE | NUD_FAILED)) === 0) return undefined;
      return { reason: `no neighbour of ${node} answers for ${hop}`, broken: this.#isThere(node, link.name!, hop) };
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

  /** Whether the topology has somebody with an address on the segment that an interface is on. */
  #isThere(node: string, device: string, address: Ip): boolean {
    const { lab, nodes, state } = this.#compiled;
    const own = nodes[node]!.interfaces.find(({ name }) => name === device);
    if (own === undefined) return false;
    const others = Object.values(nodes)
      .flatMap(({ interfaces }) => interfaces)
      .filter((one) => one !== own && one.network === own.network);
    const gateways = Object.values(state.namespaces[lab]?.links ?? {}).flatMap(({ addresses }) => addresses);
    return [...others.flatMap(({ addresses }) => addresses), ...gateways.map((one) => one.address)].some(
      (one) => addressOf(one) === address,
    );
  }
}

function faultOf({ flags }: Link): string | undefined {
  if ((flags & IFF_UP) === 0) return 'is down';
  return (flags & IFF_LOWER_UP) === 0 ? 'has no carrier: the other end of its cable is down' : undefined;
}

/** Undefined when a route forbids it, or there is none. */
function routeTo(socket: NetlinkSocket, target: Ip): { readonly oif?: number; readonly gateway?: Ip } | undefined {
  try {
    return getRouteTo(socket, target);
  } catch (error) {
    if (error instanceof NetlinkError) return undefined;
    throw error;
  }
}
