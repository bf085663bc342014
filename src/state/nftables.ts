import type { Ip } from '../addr/index.ts';

/** A table family of nftables. */
export type TableFamily = 'ip' | 'ip6' | 'inet' | 'bridge' | 'arp' | 'netdev';

/** An nftables table with its contents. */
export interface TableState {
  readonly family: TableFamily;
  readonly name: string;
  /** Stored in the table's user data (NFTA_TABLE_USERDATA), as nft(8) does. */
  readonly comment?: string;
  readonly chains: Readonly<Record<string, ChainState>>;
  readonly sets: Readonly<Record<string, SetState>>;
  /** By name; absent if there are none. */
  readonly flowtables?: Readonly<Record<string, FlowtableState>>;
}

/** Forwards packets of connections that a rule has added (`flowAdd`) directly, past all chains. */
export interface FlowtableState {
  readonly hook: 'ingress';
  readonly priority: number;
  /** Names of interfaces, sorted. They must exist when the flowtable is created. */
  readonly devices: readonly string[];
}

/** A chain of a table. */
export interface ChainState {
  /** The properties of a base chain; absent for a regular chain, the target of jumps. */
  readonly base?: {
    readonly type: 'filter' | 'nat' | 'route';
    readonly hook: 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting' | 'ingress' | 'egress';
    readonly priority: number;
    readonly policy: 'accept' | 'drop';
    readonly device?: string;
  };
  readonly rules: readonly NftRuleState[];
}

/** A rule of a chain. */
export interface NftRuleState {
  readonly statements: readonly Statement[];
  /** At most 128 bytes, stored in the rule's user data. */
  readonly comment?: string;
}

/** A statement of a rule, named as in nft(8). */
export type Statement =
  | { readonly match: { readonly left: Selector; readonly op: MatchOperator; readonly right: MatchValue } }
  | { readonly counter: { readonly packets?: number; readonly bytes?: number } }
  | { readonly verdict: 'accept' | 'drop' | 'continue' | 'return' }
  | { readonly jump: string }
  | { readonly goto: string }
  | { readonly reject: { readonly with?: string } }
  | { readonly masquerade: NatFlags & { readonly ports?: readonly [number, number] | MapLookup } }
  | { readonly snat: NatTarget }
  | { readonly dnat: NatTarget }
  | { readonly log: { readonly prefix?: string; readonly group?: number } }
  | {
      readonly limit: {
        readonly rate: number;
        readonly per: 'second' | 'minute' | 'hour' | 'day' | 'week';
        readonly burst?: number;
        readonly over?: boolean;
      };
    }
  /** `meta nftrace` 1: from here on, the kernel reports the rules that the packet passes (`nft monitor trace`). */
  | { readonly set: { readonly key: 'meta mark' | 'ct mark' | 'meta nftrace'; readonly value: number } }
  | { readonly vmap: { readonly left: Selector; readonly set: string } }
  | { readonly element: PacketElement }
  /** Adds the packet's connection to a flowtable. */
  | { readonly flowAdd: string }
  /** Writes hexadecimal bytes to a part of the packet (`@nh,64,64`), without updating checksums. */
  | { readonly write: { readonly to: RawField; readonly value: string } }
  /** An expression that this version cannot decode. It is kept, never dropped. */
  | { readonly raw: { readonly name: string; readonly data?: string } };

/** Flags of `masquerade`, `snat` and `dnat`: `random`, `fully-random` and `persistent` of nft(8). */
export interface NatFlags {
  readonly random?: boolean;
  readonly fullyRandom?: boolean;
  readonly persistent?: boolean;
}

/** The target of `snat` or `dnat`: an address or a range of addresses, ports, or both. */
export interface NatTarget extends NatFlags {
  readonly family: 'ip' | 'ip6';
  /** A map with values `ipv4_addr . inet_service` also determines the port: then `ports` is absent. */
  readonly address?: Ip | readonly [Ip, Ip] | MapLookup;
  readonly ports?: number | readonly [number, number] | MapLookup | FromPacket;
}

/** A value that is a field of the packet, or computed from one. */
export interface FromPacket {
  readonly by: Selector;
}

/** Adds an element to a set with the flag `dynamic`, renews its timeout (`update`), or deletes it. */
export interface PacketElement {
  readonly op: 'add' | 'update' | 'delete';
  readonly set: string;
  readonly key: Selector;
  /** For a map. */
  readonly value?: Selector;
  /** In seconds; the timeout of the set when absent. */
  readonly timeout?: number;
}

/** The value in a map of the table for the key `by`. If the map has no such key, the rule does not match. */
export interface MapLookup {
  readonly map: string;
  readonly by: Selector;
}

/** A comparison operator. `in` tests whether any of the given bits are set; for other values, it equals `==`. */
export type MatchOperator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in';

/** A selector of nft(8), or a concatenation of several, joined by ` . `. */
export type Selector = Field | Computed | RawField | `${Field} . ${string}`;

/** A port masked with a number (`& 16383`), then XORed with a number (`^ 32768`), or one of the two. */
export type Computed = `${Field} & ${number}` | `${Field} ^ ${number}` | `${Field} & ${number} ^ ${number}`;

/** A raw payload expression: offset and length, in bits, in the network (`nh`) or transport header (`th`). */
export type RawField = `@${'nh' | 'th'},${number},${number}`;

/** A selector of nft(8). */
export type Field =
  | 'ip saddr'
  | 'ip daddr'
  | 'ip protocol'
  | 'ip6 saddr'
  | 'ip6 daddr'
  | 'ip6 nexthdr'
  | 'tcp sport'
  | 'tcp dport'
  | 'udp sport'
  | 'udp dport'
  | 'sctp sport'
  | 'sctp dport'
  | 'th sport'
  | 'th dport'
  | 'icmp type'
  | 'icmpv6 type'
  | 'ether saddr'
  | 'ether daddr'
  | 'ether type'
  | 'iifname'
  | 'oifname'
  | 'iif'
  | 'oif'
  | 'meta mark'
  | 'meta l4proto'
  | 'meta nfproto'
  | 'meta protocol'
  | 'meta skuid'
  | 'ct state'
  | 'ct mark'
  | 'ct direction'
  | 'ct status'
  | 'ct expiration'
  | 'ct original ip saddr'
  | 'ct original ip daddr'
  | 'ct original proto-src'
  | 'ct original proto-dst'
  | 'ct reply ip saddr'
  | 'ct reply ip daddr'
  | 'ct reply proto-src'
  | 'ct reply proto-dst'
  | 'socket transparent'
  | 'fib daddr type';

/** A value, prefix or range as in nft(8); `anyOf` is an anonymous set; `set` names a set of the table. */
export type MatchValue = SetWord | { readonly set: string } | { readonly anyOf: readonly SetWord[] };

/** A single value or a range. */
export type SetWord = string | number | { readonly range: readonly [string | number, string | number] };

/** A set or a map of a table. */
export interface SetState {
  /** The types of the key, named as in nft(8): `ipv4_addr`, `inet_service` …; more than one is a concatenation. */
  readonly key: readonly string[];
  /** For a map: the types of the value, or `verdict`. */
  readonly value?: readonly string[];
  readonly flags: readonly ('constant' | 'interval' | 'timeout' | 'dynamic')[];
  /** Empty for a set with the flag `dynamic`, since packets add and delete its elements. */
  readonly elements: readonly SetElement[];
  /** In seconds. */
  readonly timeout?: number;
}

/** An element of a set or a map. */
export interface SetElement {
  /** One value for each part of the key. */
  readonly key: readonly (string | number | { readonly range: readonly [string | number, string | number] })[];
  readonly value?: readonly (string | number)[];
  /** At most 128 bytes, stored in the element's user data. */
  readonly comment?: string;
  /** In a set with the flag `timeout`: the time from its addition to its deletion, in seconds. */
  readonly timeout?: number;
}
