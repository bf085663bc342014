import type { Cidr, Ip, Mac } from '../addr/index.ts';

/** A route that is wanted. */
export interface RouteState {
  readonly type: RouteType;
  /** The destination network: `0.0.0.0/0` or `::/0` for the default route. */
  readonly destination: Cidr;
  readonly gateway?: Ip;
  readonly device?: string;
  /** The preferred source address. */
  readonly source?: Ip;
  readonly metric?: number;
  /** Bytes: the RTAX_MTU metric. */
  readonly mtu?: number;
  /** 254, main, when absent. */
  readonly table?: number;
  readonly onlink?: boolean;
  /** More than one next hop: multipath. Then there is no gateway and no device beside it. */
  readonly nexthops?: readonly NexthopState[];
}

/** A route that the kernel has, with what no route that is wanted has. */
export interface ObservedRoute extends RouteState {
  /** Who put it there, if nobody did by hand: `kernel`, `ra`, `bird`. Told where all routes are asked for. */
  readonly protocol?: string;
  /** Of IPv4: the type-of-service byte that packets have which take it. */
  readonly tos?: number;
  /** Of IPv6: where packets come from that take it. */
  readonly from?: Cidr;
  /** The nexthop object (`ip nexthop`) that says the ways, which are told all the same. */
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
  /** A value, or value and mask. */
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
