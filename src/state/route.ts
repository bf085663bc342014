import type { Cidr, Ip, Mac } from '../addr/index.ts';

/** A wanted route: ip-route(8). */
export interface RouteState {
  readonly type: RouteType;
  /** The destination network: `0.0.0.0/0` or `::/0` for the default route. */
  readonly destination: Cidr;
  /** The next hop; absent if the destination is on the link (`via`). */
  readonly gateway?: Ip;
  /** The name of the outgoing interface (`dev`). */
  readonly device?: string;
  /** The preferred source address (`src`). */
  readonly source?: Ip;
  /** The kernel's default when absent: 0 for IPv4, 1024 for IPv6. */
  readonly metric?: number;
  /** The RTAX_MTU metric, in bytes. */
  readonly mtu?: number;
  /** The routing table; 254 (main) when absent. */
  readonly table?: number;
  /** Treats the gateway as on the link, even if no address of the interface says so (RTNH_F_ONLINK). */
  readonly onlink?: boolean;
  /** The next hops of a multipath route, which has no `gateway` and no `device`. */
  readonly nexthops?: readonly NexthopState[];
}

/** A route in the kernel, with properties that wanted routes do not have. */
export interface ObservedRoute extends RouteState {
  /**
   * The origin (rtm_protocol) of a route that was not added manually: `kernel`, `ra`, `bird`. Only with `allRoutes`.
   */
  readonly protocol?: string;
  /** For IPv4: the TOS byte of the packets that the route applies to. */
  readonly tos?: number;
  /** For IPv6: the source prefix of the packets that the route applies to. */
  readonly from?: Cidr;
  /** The nexthop object (`ip nexthop`) of the route. The next hops are present as well. */
  readonly nexthopId?: number;
}

/** The type of a route (RTN_* of linux/rtnetlink.h), named as in ip-route(8). */
export type RouteType =
  | 'unicast'
  | 'blackhole'
  | 'unreachable'
  | 'prohibit'
  | 'throw'
  | 'local'
  | 'broadcast'
  | 'anycast'
  | 'multicast'
  | 'nat';

/** A next hop of a multipath route. */
export interface NexthopState {
  readonly gateway?: Ip;
  readonly device?: string;
  /** The share of flows in proportion to the other next hops: 1 to 256. */
  readonly weight: number;
}

/** A rule of the routing policy database: ip-rule(8). */
export interface RuleState {
  readonly family: 4 | 6;
  /** The lowest number is tried first. */
  readonly priority: number;
  readonly from?: Cidr;
  readonly to?: Cidr;
  readonly iif?: string;
  readonly oif?: string;
  /** The firewall mark (`fwmark`) and its mask. */
  readonly mark?: { readonly value: number; readonly mask: number };
  readonly action: 'table' | 'blackhole' | 'unreachable' | 'prohibit' | 'goto';
  /** For the action `table`: the routing table. */
  readonly table?: number;
  /** For the action `goto`: the priority of the rule to continue with. */
  readonly goto?: number;
}

/** A permanent neighbour entry: ip-neighbour(8). */
export interface NeighbourState {
  readonly device: string;
  readonly address: Ip;
  readonly mac: Mac;
}
