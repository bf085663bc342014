import type { Expr } from '../expr/index.ts';
import type { SetState, TableFamily } from '../../state/index.ts';
import type { Interfaces } from '../datatypes/index.ts';
import { initialProtocols, type ProtocolContext } from './selectors.ts';

/** The name in requests for anonymous sets: the kernel replaces `%d` with a number. */
export const ANONYMOUS_SET = '__set%d';

/** An anonymous set of a rule: `{ … }` in nft's syntax. */
export interface AnonymousSet {
  readonly name: string;
  readonly id: number;
  readonly set: SetState;
}

/** The context in which a rule is encoded. */
export interface RuleContext {
  /** The named sets of the rule's table: a lookup in an interval set is encoded differently. */
  readonly sets?: Readonly<Record<string, SetState>>;
  /** The indices of interfaces by name, for `iif` and `oif`. `lo` is always defined. */
  readonly interfaces?: Interfaces;
  /** Returns a set id that is unique in the transaction. */
  readonly nextSetId?: () => number;
}

/** An encoded rule. */
export interface EncodedRule {
  readonly expressions: readonly Expr[];
  /** The anonymous sets, to be added before the rule in the same transaction. */
  readonly sets: readonly AnonymousSet[];
}

/** The state while a rule is encoded. */
export class Encoding {
  readonly family: TableFamily;
  readonly protocols: ProtocolContext;
  readonly interfaces: Interfaces;
  readonly sets: Readonly<Record<string, SetState>>;
  readonly expressions: Expr[] = [];
  readonly anonymous: AnonymousSet[] = [];
  readonly #nextSetId: () => number;

  constructor(family: TableFamily, { sets = {}, interfaces = new Map(), nextSetId }: RuleContext) {
    this.family = family;
    this.protocols = initialProtocols(family);
    this.sets = sets;
    this.interfaces = interfaces;
    let lastId = 0;
    this.#nextSetId = nextSetId ?? (() => ++lastId);
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

/** The context in which a rule is decoded. */
export interface DecodeContext {
  /** The anonymous sets of the rule, by {@link lookupKey}. */
  readonly anonymous?: ReadonlyMap<string, SetState>;
  /** The named sets of the rule's table. */
  readonly sets?: Readonly<Record<string, SetState>>;
  /** The indices of interfaces by name, for `iif` and `oif`. */
  readonly interfaces?: Interfaces;
}

/** Identifies the set of a lookup: by its name, and by its id too while the kernel has not chosen the name yet. */
export const lookupKey = (name: string, id?: number): string => (name === ANONYMOUS_SET ? `${name}#${id ?? 0}` : name);
