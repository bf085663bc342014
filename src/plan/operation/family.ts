import type { NamespaceName } from '../../state/index.ts';

/** Whether an operation brings something, takes something away, or makes something different. */
export type Change = 'add' | 'remove' | 'change';

export interface RenderOptions {
  /**
   * Whether the namespace was there before the script: then commands take the place of what may be there, and do not
   * fail when what they delete is gone. Otherwise they are the simpler ones.
   */
  readonly existing?: boolean;
}

/** The part that operations in one namespace share. */
export interface In {
  readonly namespace: NamespaceName;
}

interface Kind<O> {
  readonly change: Change | ((op: O) => Change);
  /** One line of `plan`, as an order: `give eth0 of web 10.20.0.2/24`. */
  describe(op: O): string;
  /** What it is for, in a sentence for who reads the script. Operations of one group have the same. */
  explain(op: O): string;
  /**
   * The commands of iproute2, nftables and procps that do the same, for sh(1): each one of the list is whole, and may have
   * several lines.
   */
  render(op: O, options: RenderOptions): string[];
  /** What it is about, within its namespace: the same for all operations about one thing. `watch` goes by it. */
  subject(op: O): string;

  /** Whether it only goes along with others, and is no difference by itself: `watch` does not tell of it. */
  readonly attends?: boolean;
  /** Whether what it deletes may be gone already, with a link or its other end. */
  readonly mayBeGone?: boolean;
  /** The links it is about, or whose deletion takes with it what it is about: see {@link linkKey}. */
  links?(op: O): readonly string[];
  /** Namespaces that it changes beside its own. */
  reaches?(op: O): readonly NamespaceName[];
  /** The namespace under whose heading a script has it, where that is not its own; undefined for that of several. */
  section?(op: O): NamespaceName | undefined;
  /** What it puts right beyond its subject: all that is in its namespace, or that is on its links. */
  readonly covers?: 'namespace' | 'links';
  /** The same as several operations, each a difference that can come and go without the others. */
  split?(op: O): O[];
  /** The reverse of `split`. */
  join?(ops: readonly [O, ...O[]]): O;
}

/** Everything that is known of one kind of operation but how it is planned and carried out. */
export type OperationKind<O> = Kind<O> &
  (O extends In ? unknown : { /** Where it is carried out. */ namespaces(op: O): readonly NamespaceName[] });

/** The operations of one family, by name. */
export type Family<O extends { readonly op: string }> = {
  readonly [K in O['op']]: OperationKind<Extract<O, { readonly op: K }>>;
};

/** What one link is known by among those of a lab. */
export const linkKey = (namespace: NamespaceName, name: string): string => `${namespace} ${name}`;

/** How many things are named one by one at most. */
export const MANY = 4;
