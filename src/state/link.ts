import type { Cidr, Ip, Mac } from '../addr/index.ts';
import type { IsPaired, KindName, KindOptions, HasLowerLink, PortOptions } from '../kinds/index.ts';
import type { NamespaceName } from './identity.ts';

/** The minimum MTU of IPv6, in bytes (RFC 8200, 5). With a smaller MTU, Linux disables IPv6 on the interface. */
export const IPV6_MIN_MTU = 1280;

/** A network interface: `kind` determines its options, and whether it has a lower link or a peer. */
export type LinkState = { [K in KindName]: LinkOf<K> }[KindName] | OtherLink;

/** A link of one kind. */
export type LinkOf<K extends KindName> = LinkBase & { readonly kind: K } & OptionsMember<KindOptions<K>> &
  (HasLowerLink<K> extends true
    ? { readonly lower: LinkReference }
    : HasLowerLink<K> extends false
      ? { readonly lower?: never }
      : { readonly lower?: LinkReference }) &
  (IsPaired<K> extends true ? { readonly peer?: LinkEnd } : { readonly peer?: never });

type OptionsMember<O> = object extends O ? { readonly options?: O } : { readonly options: O };

/** A link of a kind that Netwright does not create, and therefore does not change. */
export interface OtherLink extends LinkBase {
  readonly kind: 'other';
  /** IFLA_INFO_KIND, such as `gretap`; `physical` if the link has none. */
  readonly type: string;
  readonly options?: never;
  readonly lower?: LinkReference;
  readonly peer?: never;
}

/** A reference to another link. */
export interface LinkReference {
  readonly name: string;
  /** The namespace of that link; absent if it is the same. */
  readonly namespace?: NamespaceName;
}

/** The other end of a cable: the peer of a veth. */
export interface LinkEnd {
  readonly namespace: NamespaceName;
  readonly name: string;
}

/** The members of links of all kinds. */
export interface LinkBase {
  readonly up: boolean;
  /** Bytes. */
  readonly mtu: number;
  readonly mac?: Mac;
  /** The link group (`group` in ip-link(8)), which identifies the lab; absent for 0, the default. */
  readonly group?: number;
  /** The bridge or VRF that this link is a port of. */
  readonly master?: string;
  /** Alternative names (longer than IFNAMSIZ allows), sorted. */
  readonly altNames?: readonly string[];
  /** In the order of the kernel's list. Includes link-local addresses, but not 127.0.0.1/8 and ::1/128. */
  readonly addresses: readonly AddressState[];
  /** IPv4 settings of this interface. They are set explicitly, since a new namespace inherits those of the host. */
  readonly inet?: InetConf;
  /** How IPv6 generates the link-local address: with `none` it is in `addresses`. Absent if the kernel has no IPv6. */
  readonly addrGenMode?: 'eui64' | 'none' | 'stable-privacy' | 'random';
  /** What IPv6 accepts from other hosts; when absent, the settings stay as they are. */
  readonly inet6?: Inet6Conf;
  /**
   * IPv6 is disabled (net.ipv6.conf.IF.disable_ipv6), as on a switch without IPv6 addresses. If absent in a wanted
   * state, IPv6 is enabled on links that have IPv6 addresses, and stays as it is on others.
   */
  readonly ipv6Off?: true;
  /** The settings of this interface as a port of its master. */
  readonly port?: PortOptions;
}

/** Settings of an interface in net.ipv4.conf.IF. */
export interface InetConf {
  /** Whether packets that arrive on the interface are forwarded (net.ipv4.conf.IF.forwarding). */
  readonly forwarding: boolean;
  /** 0 no source validation, 1 strict, 2 loose (net.ipv4.conf.IF.rp_filter; RFC 3704). */
  readonly rpFilter: number;
  /** Whether ICMP redirects change routes (net.ipv4.conf.IF.accept_redirects); when absent, it stays unchanged. */
  readonly acceptRedirects?: boolean;
}

/** Settings of an interface in net.ipv6.conf.IF: whether messages of other hosts change its addresses and routes. */
export interface Inet6Conf {
  /** Router advertisements (accept_ra; RFC 4861): 0 never, 1 unless it forwards, 2 always. */
  readonly acceptRa: number;
  /** Autoconfigured addresses from advertised prefixes (autoconf; RFC 4862): 0 or 1. */
  readonly autoconf: number;
  /** Redirects (accept_redirects; RFC 4861, 8): 0 or 1. */
  readonly acceptRedirects: number;
}

/** The kernel's name for the kind of a link. */
export const kindName = (link: LinkState): string => (link.kind === 'other' ? link.type : link.kind);

/** An address of an interface: ip-address(8). */
export interface AddressState {
  /** The address with its prefix length, host bits kept. */
  readonly address: Cidr;
  /** The address of the other end of a point-to-point link (`peer` in ip-address(8)), if it differs. */
  readonly peer?: Ip;
  /** `global` when absent. */
  readonly scope?: 'global' | 'site' | 'link' | 'host';
}
