import type { AnyCodec, AttributeSet, Codec } from '../../wire/index.ts';
import type { Options, OptionsOf } from './option.ts';

/** The line of `doctor` for a kind of link. */
export interface DoctorLine {
  readonly title: string;
  /** What needs the kind: `VLAN interfaces`. */
  readonly needed: string;
  /** Whether every lab needs it. */
  readonly essential?: true;
  /** The links that loading the module creates on the host. If set, doctor does not try the kind. */
  readonly litters?: string;
}

/** The settings that a master of this kind has for each of its ports. */
export interface PortKind<D = unknown, O extends Options = Options> {
  /** The contents of IFLA_INFO_SLAVE_DATA. */
  readonly data: AttributeSet<D>;
  /** The options that can be set, by their names in `data`. */
  readonly options: O;
}

/** How links of a kind refer to their lower link. */
export interface LowerKind {
  readonly needed: boolean;
  /**
   * Where the index of the lower link is: in IFLA_LINK (`link` in ip(8)), or in the member `link` of `data` (`dev`).
   */
  readonly in: 'IFLA_LINK' | 'data';
}

/** Returns the codec of IFLA_INFO_DATA in a request that creates a pair. @param link the codec of a link message */
export type PairCodec = (link: Codec<never>) => AnyCodec;

/** Everything that is specific to a kind of link. */
export interface Kind<
  Name extends string = string,
  D = unknown,
  O extends Options = Options,
  P extends PortKind | undefined = PortKind | undefined,
  L extends LowerKind | undefined = LowerKind | undefined,
  R extends PairCodec | undefined = PairCodec | undefined,
> {
  /** IFLA_INFO_KIND, the `type` in ip-link(8). */
  readonly name: Name;
  /** The kernel module; it has the kind's name when absent. */
  readonly module?: string;
  readonly doctor?: DoctorLine;
  /** A sentence for readers of a script. */
  readonly explanation?: string;
  /** What plans call such a link in the namespace of a lab's switches: `switch`. */
  readonly labNoun?: string;
  /** How links are created: by RTM_NEWLINK when absent, through /dev/net/tun, or by the kernel in each namespace. */
  readonly madeBy?: 'tun device' | 'kernel';
  /** The contents of IFLA_INFO_DATA. */
  readonly data: AttributeSet<D>;
  /** Set for a kind whose links are created in pairs. */
  readonly pair?: R;
  readonly options: O;
  /** Options for a test whether the kernel supports the kind, if it needs any. */
  readonly trial?: OptionsOf<O>;
  /** Whether the kernel accepts a combination of options, for property tests. When absent, it accepts all. */
  readonly takes?: (options: OptionsOf<O>, hasLower: boolean) => boolean;
  /** Set for a kind whose links have a lower link. */
  readonly lower?: L;
  /** Set for a kind whose links can be masters of others. */
  readonly port?: P;
  /** The default MTU of a new link in bytes, if it is always the same; when absent, requests always contain the MTU. */
  readonly mtu?: number;
  /** Whether the MTU follows the MTUs of the ports until it is set after creation. */
  readonly mtuFollowsPorts?: true;
  /** Options to set before and after a new link first comes up, if none of its options are specified. */
  readonly firstUp?: { readonly before: OptionsOf<O>; readonly after: OptionsOf<O> };
  /** Whether it has a MAC address that can be set; true when absent. */
  readonly hasMac?: false;
  /** Convert between options and the attributes of `data`, if they do not correspond one to one. */
  readonly encode?: (options: OptionsOf<O>) => D;
  readonly decode?: (data: D) => { readonly [K in keyof O]?: unknown };
}

/** Returns its argument, with inferred types. */
export const defineKind = <
  const Name extends string,
  D,
  const O extends Options,
  const P extends PortKind | undefined = undefined,
  const L extends LowerKind | undefined = undefined,
  const R extends PairCodec | undefined = undefined,
>(
  kind: Kind<Name, D, O, P, L, R>,
): Kind<Name, D, O, P, L, R> => kind;

/** Options of any kind, by name. */
export type AnyOptions = Readonly<Record<string, string | number | boolean>>;

/** A kind with any options, for code that handles all kinds alike. */
export interface AnyKind extends Omit<Kind, 'data' | 'trial' | 'takes' | 'firstUp' | 'encode' | 'decode'> {
  readonly data: AnyCodec;
  readonly trial?: AnyOptions;
  readonly takes?: (options: AnyOptions, hasLower: boolean) => boolean;
  readonly firstUp?: { readonly before: AnyOptions; readonly after: AnyOptions };
  readonly encode?: (options: AnyOptions) => Readonly<Record<string, unknown>>;
  readonly decode?: (data: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
}
