import type { Ip } from '../addr/index.ts';

export type TableFamily = 'ip' | 'ip6' | 'inet' | 'bridge' | 'arp' | 'netdev';

/** A table of nftables, with all that is in it. */
export interface TableState {
  readonly family: TableFamily;
  readonly name: string;
  /** Kept in the table's user data, as nft keeps comments. */
  readonly comment?: string;
  readonly chains: Readonly<Record<string, ChainState>>;
  readonly sets: Readonly<Record<string, SetState>>;
  /** By name; absent where there are none. */
  readonly flowtables?: Readonly<Record<string, FlowtableState>>;
}

/** Where packets of connections that a rule has put there (`flowAdd`) are forwarded at once, past every chain. */
export interface FlowtableState {
  readonly hook: 'ingress';
  readonly priority: number;
  /** Names of interfaces, sorted. They must exist when it is made. */
  readonly devices: readonly string[];
}

export interface ChainState {
  /** What makes it a base chain; absent for a chain that is only jumped to. */
  readonly base?: {
    readonly type: 'filter' | 'nat' | 'route';
    readonly hook: 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting' | 'ingress' | 'egress';
    readonly priority: number;
    readonly policy: 'accept' | 'drop';
    readonly device?: string;
  };
  readonly rules: readonly NftRuleState[];
}

export interface NftRuleState {
  readonly statements: readonly Statement[];
  /** At most 128 bytes, kept in the rule's user data. */
  readonly comment?: string;
}

/** One statement of a rule, in the words of nft(8). */
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
  /** `meta nftrace`, 1: the kernel tells of the packet's way through the rules from here on. */
  | { readonly set: { readonly key: 'meta mark' | 'ct mark' | 'meta nftrace'; readonly value: number } }
  | { readonly vmap: { readonly left: Selector; readonly set: string } }
  | { readonly element: PacketElement }
  /** Puts the packet's connection into a flowtable. */
  | { readonly flowAdd: string }
  /** Writes hexadecimal bytes over a part of the packet (`@nh,64,64`), and lets checksums be. */
  | { readonly write: { readonly to: RawField; readonly value: string } }
  /** An expression this version cannot put in words: kept, never dropped. */
  | { readonly raw: { readonly name: string; readonly data?: string } };

export interface NatFlags {
  readonly random?: boolean;
  readonly fullyRandom?: boolean;
  readonly persistent?: boolean;
}

export interface NatTarget extends NatFlags {
  readonly family: 'ip' | 'ip6';
  /** A map whose values are `ipv4_addr . inet_service` gives the port as well: then there are no `ports`. */
  readonly address?: Ip | readonly [Ip, Ip] | MapLookup;
  readonly ports?: number | readonly [number, number] | MapLookup | FromPacket;
}

/** A value that is itself a part of the packet, or computed of one. */
export interface FromPacket {
  readonly by: Selector;
}

/** What a packet adds to a set of the flag `dynamic`, lets stay for longer (`update`), or takes out. */
export interface PacketElement {
  readonly op: 'add' | 'update' | 'delete';
  readonly set: string;
  readonly key: Selector;
  /** Of a map. */
  readonly value?: Selector;
  /** Seconds; the set's when absent. */
  readonly timeout?: number;
}

/** The value that a map of the table has for what `by` looks at; without one, the rule goes no further. */
export interface MapLookup {
  readonly map: string;
  readonly by: Selector;
}

export type MatchOperator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in';

/** What of a packet is looked at, in nft's words; several, joined by dots, for sets whose keys have several parts. */
export type Selector = Field | Computed | RawField | `${Field} . ${string}`;

/** A port with the bits of a number alone (`& 16383`), and then some turned (`^ 32768`). */
export type Computed = `${Field} & ${number}` | `${Field} ^ ${number}` | `${Field} & ${number} ^ ${number}`;

/** Bits of the network header or of the transport header: where they begin, and how many. */
export type RawField = `@${'nh' | 'th'},${number},${number}`;

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

/** A value, a prefix or a range in nft's words; several are an anonymous set; `{ set }` names a set of the table. */
export type MatchValue = SetWord | { readonly set: string } | { readonly anyOf: readonly SetWord[] };

/** One value of several. */
export type SetWord = string | number | { readonly range: readonly [string | number, string | number] };

export interface SetState {
  /** Types of the key's parts, in nft's words: `ipv4_addr`, `inet_service` …; more than one is a concatenation. */
  readonly key: readonly string[];
  /** Makes it a map: types of the value, or `verdict`. */
  readonly value?: readonly string[];
  readonly flags: readonly ('constant' | 'interval' | 'timeout' | 'dynamic')[];
  /** Of a set that packets add to (`dynamic`) there are none here: they come and go. */
  readonly elements: readonly SetElement[];
  /** Seconds. */
  readonly timeout?: number;
}

export interface SetElement {
  /** One word for each part of the key. */
  readonly key: readonly (string | number | { readonly range: readonly [string | number, string | number] })[];
  readonly value?: readonly (string | number)[];
  /** At most 128 bytes, kept in the element's user data. */
  readonly comment?: string;
  /** In a set with the flag `timeout`: how many seconds after it was added it goes. */
  readonly timeout?: number;
}
