import { exprFromBytes, isKnown, type Expr } from '../expr/index.ts';
import type { SetState, Statement, TableFamily } from '../../state/index.ts';
import { lookupKey, type AnonymousSet, type DecodeContext } from './context.ts';
import { Decoding } from './decoding.ts';
import { rawStatement } from './statements.ts';

/** A rule in words. */
export interface DecodedRule {
  readonly statements: readonly Statement[];
  /** The anonymous sets that became `anyOf`, by {@link lookupKey}. */
  readonly folded: ReadonlySet<string>;
}

/** The sets that an encoded rule brought with it, for reading it again. */
export const anonymousSets = (sets: readonly AnonymousSet[]): ReadonlyMap<string, SetState> =>
  new Map(sets.map(({ name, id, set }) => [lookupKey(name, id), set]));

/** A rule's expressions in words; those without become `raw`, so that nothing is lost. */
export function decodeRule(
  family: TableFamily,
  expressions: readonly Expr[],
  context: DecodeContext = {},
): DecodedRule {
  const whole = expressions.map((of) =>
    of.data instanceof Uint8Array && isKnown(of.name) ? exprFromBytes(of.name, of.data) : of,
  );
  const decoding = new Decoding(family, whole, context);
  const statements = decoding.run();
  if (statements !== undefined) return { statements, folded: decoding.folded };
  return { statements: whole.map(rawStatement), folded: new Set() };
}
