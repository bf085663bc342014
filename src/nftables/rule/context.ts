import type { Expr } from '../expr/index.ts';
import type { SetState, TableFamily } from '../../state/index.ts';
import type { Interfaces } from '../words/index.ts';
import { knownOf, type Known } from './selectors.ts';

/** The name that makes the kernel choose one: nft's for anonymous sets. */
export const ANONYMOUS_SET = '__set%d';

/** A set that a rule brings with it, for `{ … }` in nft's words. */
export interface AnonymousSet {
  readonly name: string;
  readonly id: number;
  readonly set: SetState;
}

/** What a rule stands among. */
export interface RuleContext {
  /** The named sets of the rule's table: a lookup in a set of ranges is written differently. */
  readonly sets?: Readonly<Record<string, SetState>>;
  /** Indices by name, for `iif` and `oif`; `lo` is always known. */
  readonly interfaces?: Interfaces;
  /** Numbers that no other set of the transaction has. */
  readonly nextSetId?: () => number;
}

/** A rule as the kernel takes it. */
export interface EncodedRule {
  readonly expressions: readonly Expr[];
  /** To be made before the rule, in the same transaction. */
  readonly sets: readonly AnonymousSet[];
}

/** What encoding a rule carries along. */
export class Encoding {
  readonly family: TableFamily;
  readonly known: Known;
  readonly interfaces: Interfaces;
  readonly sets: Readonly<Record<string, SetState>>;
  readonly expressions: Expr[] = [];
  readonly anonymous: AnonymousSet[] = [];
  readonly #nextSetId: () => number;

  constructor(family: TableFamily, { sets = {}, interfaces = new Map(), nextSetId }: RuleContext) {
    this.family = family;
    this.known = knownOf(family);
    this.sets = sets;
    this.interfaces = interfaces;
    let last = 0;
    this.#nextSetId = nextSetId ?? (() => ++last);
  }

  emit(...expressions: readonly Expr[]): void {
    this.expressions.push(...expressions);
  }

  addSet(set: SetState): AnonymousSet {
    const added = { name: ANONYMOUS_SET, id: this.#nextSetId(), set };
    this.anonymous.push(added);
    return added;
  }
}

/** What a rule is read among. */
export interface DecodeContext {
  /** The anonymous sets it may look into, by {@link lookupKey}. */
  readonly anonymous?: ReadonlyMap<string, SetState>;
  /** The named sets of its table. */
  readonly sets?: Readonly<Record<string, SetState>>;
  readonly interfaces?: Interfaces;
}

/** What a lookup names its set by: a name, and a number as well while the kernel has not chosen the name yet. */
export const lookupKey = (name: string, id?: number): string => (name === ANONYMOUS_SET ? `${name}#${id ?? 0}` : name);
