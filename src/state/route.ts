import type { Cidr, Ip, Mac } from '../addr/index.ts';

/** A wanted route. */
export interface RouteState {
  readonly type: RouteType;
  /** The destination network: `0.0.0.0/0` or `::/0` for the default route. */
  readonly destination: Cidr;
  readonly gateway?: Ip;
  readonly device?: string;
  /** The preferred source address. */
  readonly source?: Ip;
  readonly metric?: number;
  /** The RTAX_MTU metric, in bytes. */
  readonly mtu?: number;
  /** The routing table; 254 (main) when absent. */
  readonly table?: number;
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

export interface NexthopState {
  readonly gateway?: Ip;
  readonly device?: string;
  /** 1 to 256. */
  readonly weight: number;
}

export interface RuleState {
  readonly family: 4 | 6;
  readonly priority: number;
  readonly from?: Cidr;
  readonly to?: Cidr;
  readonly iif?: string;
  readonly oif?: string;
  /** The firewall mark (`fwmark`) and its mask. */
  readonly mark?: { readonly value: number; readonly mask: number };
  readonly action: 'table' | 'blackhole' | 'unreachable' | 'prohibit' | 'goto';
  readonly table?: number;
  readonly goto?: number;
}

export interface NeighbourState {
  readonly device: string;
  readonly address: Ip;
  readonly mac: Mac;
}
