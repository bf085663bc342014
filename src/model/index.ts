import type { Cidr, Ip, Mac } from '../addr/index.ts';

/**
 * The one description of a set of networks: what a topology compiles to, what the kernel is observed as, and what plans
 * are made of. Plain data: it prints as JSON and compares by value.
 */
export interface NetworkState {
  readonly namespaces: Readonly<Record<NamespaceName, NamespaceState>>;
}

/** A name under /run/netns, or {@link HOST}. */
export type NamespaceName = string;

/** The key of the namespace Netwright itself runs in: the host's. Its state holds only what is ours. */
export const HOST = '';

/** What a network namespace holds. */
export interface NamespaceState {
  /** Whose the namespace is: known by where it is pinned. Absent on the host. */
  readonly owner?: Owner;
  /** By interface name. */
  readonly links: Readonly<Record<string, LinkState>>;
  readonly routes: readonly RouteState[];
  readonly rules: readonly RuleState[];
  /** Permanent entries only. */
  readonly neighbours: readonly NeighbourState[];
  /** By name with dots, as sysctl(8) prints it (`/` inside a component becomes `.` and the other way round). */
  readonly sysctls: Readonly<Record<string, string>>;
  /** By family and name: `inet filter`. */
  readonly tables: Readonly<Record<string, TableState>>;
  /** What `/etc/netns/NAME/` holds, by file name: bind-mounted over `/etc` for programs run in the namespace. */
  readonly files: Readonly<Record<string, string>>;
  /** Programs that are kept in the namespace, by name; absent where there are none. */
  readonly services?: Readonly<Record<string, ServiceState>>;
}

export interface Owner {
  readonly lab: string;
  /** The node the namespace is, or absent for the lab's own namespace, which holds its bridges. */
  readonly node?: string;
}

// --- services ------------------------------------------------------------------------------------------------------

/** What the service of a node is called that has one without a name. */
export const ONLY_SERVICE = 'main';

/** A program that is kept in a namespace. */
export interface ServiceState {
  /** The program, looked for in PATH, and its arguments. */
  readonly command: readonly string[];
  /** Besides the environment of whoever starts it. */
  readonly env: Readonly<Record<string, string>>;
  /** An absolute path. */
  readonly cwd: string;
  /** The services that must be ready before it starts, each as `NODE/SERVICE`, sorted. */
  readonly after: readonly string[];
  /** What it is ready by; absent for one that is as soon as it runs. */
  readonly ready?: Readiness;
  /** When it is started again after it has ended. */
  readonly restart: RestartPolicy;
  readonly stop: StopState;
  /** It runs, and is not known to be ready. Of a service that was observed alone. */
  readonly pending?: true;
}

export type RestartPolicy = 'never' | 'on-failure' | 'always';

export interface StopState {
  /** What asks it to end: `SIGTERM`. */
  readonly signal: string;
  /** Milliseconds from then until SIGKILL. */
  readonly timeout: number;
}

/** What shows that a service is ready, and how long that may take, in milliseconds. */
export type Readiness = { readonly timeout: number } & (
  | { readonly kind: 'tcp'; readonly port: number }
  /** A GET that is answered with a status below 400. */
  | { readonly kind: 'http'; readonly port: number; readonly path: string }
  /** A regular expression that what it prints matches. */
  | { readonly kind: 'log'; readonly pattern: string }
  /** A program that ends with status 0 in the node. */
  | { readonly kind: 'command'; readonly command: readonly string[] }
  /** It has itself ended with status 0. */
  | { readonly kind: 'exit' }
);

// --- links ---------------------------------------------------------------------------------------------------------

/** The smallest MTU that IPv6 works on, in bytes: with less, Linux takes it off the interface (RFC 8200, 5). */
export const IPV6_MIN_MTU = 1280;

/** A network interface. */
export interface LinkState {
  readonly kind: LinkKind;
  readonly up: boolean;
  /** Bytes. */
  readonly mtu: number;
  readonly mac?: Mac;
  /** The interface this one is a port of: a bridge or a vrf. */
  readonly master?: string;
  /** Of a veth: where its other end is. */
  readonly peer?: { readonly namespace: NamespaceName; readonly name: string };
  /** Alternative names (longer than IFNAMSIZ allows), sorted. */
  readonly altNames?: readonly string[];
  /** In the order the kernel lists them; link-local ones too, the loopback's own left out. */
  readonly addresses: readonly AddressState[];
  /** IPv4's settings of this interface, set explicitly since a new namespace inherits the host's. */
  readonly inet?: InetConf;
  /** How IPv6 makes the link-local address: `none` leaves it to `addresses`. Absent where the kernel has no IPv6. */
  readonly addrGenMode?: 'eui64' | 'none' | 'stable-privacy' | 'random';
  /** What IPv6 believes of others' advertisements; where it is not said, as the kernel has it. */
  readonly inet6?: Inet6Conf;
  /** IPv6 is switched off on it (net.ipv6.conf.IF.disable_ipv6): of a switch, where it has no address of IPv6. */
  readonly ipv6Off?: true;
  /** What is particular to the kind: the VLAN's id, the bridge's options. */
  readonly options?: LinkOptions;
  /** What is particular to this interface as a port of its master. */
  readonly port?: PortOptions;
}

export interface InetConf {
  /** Whether packets that arrive here may be forwarded (net.ipv4.conf.IF.forwarding). */
  readonly forwarding: boolean;
  /** 0 no source validation, 1 strict, 2 loose (net.ipv4.conf.IF.rp_filter; RFC 3704). */
  readonly rpFilter: number;
  /** Whether ICMP redirects change routes (net.ipv4.conf.IF.accept_redirects); absent is as it is. */
  readonly acceptRedirects?: boolean;
}

/** Settings of an interface in net.ipv6.conf.IF: whether what others on the link send changes its addresses and routes. */
export interface Inet6Conf {
  /** Router advertisements (accept_ra; RFC 4861): 0 never, 1 unless it forwards, 2 always. */
  readonly acceptRa: number;
  /** Addresses of prefixes that routers advertise (autoconf; RFC 4862): 0 or 1. */
  readonly autoconf: number;
  /** Redirects (accept_redirects; RFC 4861, 8): 0 or 1. */
  readonly acceptRedirects: number;
}

export type LinkKind =
  | 'loopback'
  | 'veth'
  | 'bridge'
  | 'vlan'
  | 'vxlan'
  | 'macvlan'
  | 'ipvlan'
  | 'dummy'
  | 'vrf'
  | 'ifb'
  | 'tun'
  | (string & {});

/** Values as the kind's schema in rtnetlink names them. */
export type LinkOptions = Readonly<Record<string, string | number | boolean>>;
export type PortOptions = Readonly<Record<string, string | number | boolean>>;

export interface AddressState {
  /** The address with its prefix length, host bits kept. */
  readonly address: Cidr;
  /** The other end of a point-to-point link, when it is not the same. */
  readonly peer?: Ip;
  readonly scope?: 'global' | 'site' | 'link' | 'host';
}

// --- routing -------------------------------------------------------------------------------------------------------

/** A route. */
export interface RouteState {
  readonly type: RouteType;
  /** Who put it there, if nobody did by hand: `kernel`, `ra`, `bird`. Of a route that was observed to be shown alone. */
  readonly protocol?: string;
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
  /** Of IPv4: the type-of-service byte that packets have which take it. None of ours has one. */
  readonly tos?: number;
  /** Of IPv6: where packets come from that take it. None of ours has one. */
  readonly from?: Cidr;
  /** The nexthop object (`ip nexthop`) that says the ways, which are told all the same. None of ours has one. */
  readonly nexthopId?: number;
  /** More than one next hop: multipath. Then there is no gateway and no device beside it. */
  readonly nexthops?: readonly NexthopState[];
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

// --- nftables ------------------------------------------------------------------------------------------------------

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
