import type { AnyCodec, AttributeSet, Codec } from '../../wire/index.ts';
import type { Options, OptionsOf } from './option.ts';

/** What `doctor` says of a kind of link. */
export interface DoctorLine {
  readonly title: string;
  /** What takes it: `VLAN interfaces`. */
  readonly needed: string;
  /** Without it there is no lab at all. */
  readonly essential?: true;
  /** What loading the module makes on the host: then it is not tried. */
  readonly litters?: string;
}

/** What a link is to the links that are its ports. */
export interface PortKind<D = unknown, O extends Options = Options> {
  /** What IFLA_INFO_SLAVE_DATA holds. */
  readonly data: AttributeSet<D>;
  /** What can be set, by the names in `data`. */
  readonly options: O;
}

/** How a kind lies upon another link. */
export interface LowerKind {
  readonly needed: boolean;
  /** Where its index stands: in IFLA_LINK, or as the member `link` of `data`. ip(8) says `link` and `dev`. */
  readonly in: 'IFLA_LINK' | 'data';
}

/** What a request's IFLA_INFO_DATA holds of a kind that is made in pairs, by the codec of a link. */
export type PairCodec = (link: Codec<never>) => AnyCodec;

/** Everything that is particular to a kind of link. */
export interface Kind<
  Name extends string = string,
  D = unknown,
  O extends Options = Options,
  P extends PortKind | undefined = PortKind | undefined,
  L extends LowerKind | undefined = LowerKind | undefined,
  R extends PairCodec | undefined = PairCodec | undefined,
> {
  /** IFLA_INFO_KIND, which is what ip(8) calls it. */
  readonly name: Name;
  /** The kernel module; of the kind's name when absent. */
  readonly module?: string;
  readonly doctor?: DoctorLine;
  /** A sentence for who reads a script. */
  readonly explanation?: string;
  /** What a lab calls one in the namespace of its own. */
  readonly labNoun?: string;
  /** Who makes one: a message of rtnetlink when absent, an open /dev/net/tun, or the kernel with each namespace. */
  readonly madeBy?: 'tun device' | 'kernel';
  /** What IFLA_INFO_DATA holds. */
  readonly data: AttributeSet<D>;
  /** Of a kind that is made in pairs. */
  readonly pair?: R;
  readonly options: O;
  /** Options for a trial, where it takes any. */
  readonly trial?: OptionsOf<O>;
  /** Whether the kernel takes these options together, for property tests. All of them when absent. */
  readonly takes?: (options: OptionsOf<O>, hasLower: boolean) => boolean;
  /** Whether it lies upon another link. */
  readonly lower?: L;
  /** That it may be the master of others, and what it says of each. */
  readonly port?: P;
  /** The MTU that a new one always has, in bytes; it is given one when absent. */
  readonly mtu?: number;
  /** The MTU that it is made with follows its ports': one that is to stay is set afterwards. */
  readonly mtuFollowsPorts?: true;
  /** Options that a new one is to have before it first comes up, and after, if it has no options of its own. */
  readonly firstUp?: { readonly before: OptionsOf<O>; readonly after: OptionsOf<O> };
  /** Whether it has a MAC address of its own, which can be set; true when absent. */
  readonly hasMac?: false;
  /** To the attributes of `data` and back, where options are not all attributes of the same names. */
  readonly encode?: (options: OptionsOf<O>) => D;
  readonly decode?: (data: D) => { readonly [K in keyof O]?: unknown };
}

/** A kind whose types are inferred. */
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

/** Options of some kind, by name. */
export type AnyOptions = Readonly<Record<string, string | number | boolean>>;

/** A kind whatever its options are: what code that knows no kind by name sees. */
export interface AnyKind extends Omit<Kind, 'data' | 'trial' | 'takes' | 'firstUp' | 'encode' | 'decode'> {
  readonly data: AnyCodec;
  readonly trial?: AnyOptions;
  readonly takes?: (options: AnyOptions, hasLower: boolean) => boolean;
  readonly firstUp?: { readonly before: AnyOptions; readonly after: AnyOptions };
  readonly encode?: (options: AnyOptions) => Readonly<Record<string, unknown>>;
  readonly decode?: (data: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
}
