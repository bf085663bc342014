import type { Cidr, Ip, Mac } from '../addr/index.ts';
import type { IsPaired, KindName, KindOptions, LiesUponAnother, PortOptions } from '../kinds/index.ts';
import type { NamespaceName } from './identity.ts';

/** The smallest MTU that IPv6 works on, in bytes: with less, Linux takes it off the interface (RFC 8200, 5). */
export const IPV6_MIN_MTU = 1280;

/** A network interface: `kind` decides what its options are, and whether it has a link below or another end. */
export type LinkState = { [K in KindName]: LinkOf<K> }[KindName] | OtherLink;

/** A link of one kind. */
export type LinkOf<K extends KindName> = LinkBase & { readonly kind: K } & OptionsMember<KindOptions<K>> &
  (LiesUponAnother<K> extends true
    ? { readonly lower: LinkReference }
    : LiesUponAnother<K> extends false
      ? { readonly lower?: never }
      : { readonly lower?: LinkReference }) &
  (IsPaired<K> extends true ? { readonly peer?: LinkEnd } : { readonly peer?: never });

type OptionsMember<O> = object extends O ? { readonly options?: O } : { readonly options: O };

/** A link of a kind that Netwright does not make: what made it keeps it. */
export interface OtherLink extends LinkBase {
  readonly kind: 'other';
  /** IFLA_INFO_KIND: `gretap`; `physical` of one that has none. */
  readonly type: string;
  readonly options?: never;
  readonly lower?: LinkReference;
  readonly peer?: never;
}

/** Another link. */
export interface LinkReference {
  readonly name: string;
  /** Where it is; absent where it is in the same namespace. */
  readonly namespace?: NamespaceName;
}

/** The other end of a cable. */
export interface LinkEnd {
  readonly namespace: NamespaceName;
  readonly name: string;
}

/** What links of all kinds have. */
export interface LinkBase {
  readonly up: boolean;
  /** Bytes. */
  readonly mtu: number;
  readonly mac?: Mac;
  /** The group that it is in (ip-link(8)), which says whose it is; absent for 0, that of every new link. */
  readonly group?: number;
  /** The interface this one is a port of: a bridge or a vrf. */
  readonly master?: string;
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
  /**
   * IPv6 is off on it (net.ipv6.conf.IF.disable_ipv6): wanted of a switch that has no address of IPv6. Of a link that is
   * wanted without it, IPv6 is on where it has such addresses, and else as it is.
   */
  readonly ipv6Off?: true;
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

/** What the kernel calls the kind of a link. */
export const kindName = (link: LinkState): string => (link.kind === 'other' ? link.type : link.kind);

export interface AddressState {
  /** The address with its prefix length, host bits kept. */
  readonly address: Cidr;
  /** The other end of a point-to-point link, when it is not the same. */
  readonly peer?: Ip;
  readonly scope?: 'global' | 'site' | 'link' | 'host';
}
