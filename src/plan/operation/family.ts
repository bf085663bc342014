import type { NamespaceName } from '../../state/index.ts';

/** Whether an operation adds, removes or changes something. */
export type Change = 'add' | 'remove' | 'change';

export interface RenderOptions {
  /**
   * Whether the namespace exists before the script runs. If so, commands replace objects that can exist already, and do
   * not fail if the object to delete is gone. Otherwise they are simpler.
   */
  readonly existing?: boolean;
}

/** The members of all operations that concern one namespace. */
export interface In {
  readonly namespace: NamespaceName;
}

interface Kind<O> {
  readonly change: Change | ((op: O) => Change);
  /** One line of `plan`, as an imperative: `add address 10.20.0.2/24 to eth0 of web`. */
  describe(op: O): string;
  /** The purpose, in a sentence for readers of the script. A script prints it once for successive operations. */
  explain(op: O): string;
  /**
   * The equivalent sh(1) commands of iproute2, nftables and procps. Each element is a complete command, which can have
   * several lines.
   */
  render(op: O, options: RenderOptions): string[];
  /** The object that it concerns, unique within its namespace. `watch` identifies differences by it. */
  subject(op: O): string;

  /** Whether it only accompanies other operations, and is no difference by itself: `watch` does not report it. */
  readonly auxiliary?: boolean;
  /** Whether the object to delete can be gone already, together with a link or its peer. */
  readonly mayBeGone?: boolean;
  /** The links that it concerns, or whose deletion also deletes its object: see {@link linkKey}. */
  links?(op: O): readonly string[];
  /** Namespaces that it changes in addition to its own. */
  reaches?(op: O): readonly NamespaceName[];
  /** The namespace under whose heading a script puts it, if that is not its own; undefined for `Several nodes`. */
  section?(op: O): NamespaceName | undefined;
  /** What it corrects in addition to its subject: everything in its namespace, or everything on its links. */
  readonly covers?: 'namespace' | 'links';
  /** The same as several operations, each of which can be necessary without the others. */
  split?(op: O): O[];
  /** The reverse of `split`. */
  join?(ops: readonly [O, ...O[]]): O;
}

/** All properties of one kind of operation, except how it is planned and executed. */
export type OperationKind<O> = Kind<O> &
  (O extends In ? unknown : { /** The namespaces it is executed in. */ namespaces(op: O): readonly NamespaceName[] });

/** The operations of one family, by name. */
export type Family<O extends { readonly op: string }> = {
  readonly [K in O['op']]: OperationKind<Extract<O, { readonly op: K }>>;
};

/** A key that identifies a link among all links of a lab. */
export const linkKey = (namespace: NamespaceName, name: string): string => `${namespace} ${name}`;

/** The maximum number of items that a description lists by name. */
export const MANY = 4;
