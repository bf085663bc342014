import { exprFromBytes, isKnown, type Expr } from '../expr/index.ts';
import type { SetState, Statement, TableFamily } from '../../state/index.ts';
import { lookupKey, type AnonymousSet, type DecodeContext } from './context.ts';
import { Decoding } from './decoding.ts';
import { rawStatement } from './statements.ts';

/** A decoded rule. */
export interface DecodedRule {
  readonly statements: readonly Statement[];
  /** The anonymous sets that were inlined as `anyOf`, by {@link lookupKey}. */
  readonly folded: ReadonlySet<string>;
}

/** The anonymous sets of an encoded rule, for {@link DecodeContext}. */
export const anonymousSets = (sets: readonly AnonymousSet[]): ReadonlyMap<string, SetState> =>
  new Map(sets.map(({ name, id, set }) => [lookupKey(name, id), set]));

/** Decodes the expressions of a rule to statements. Expressions without a statement become `raw`: nothing is lost. */
export function decodeRule(
  family: TableFamily,
  expressions: readonly Expr[],
  context: DecodeContext = {},
): DecodedRule {
  const parsed = expressions.map((expression) =>
    expression.data instanceof Uint8Array && isKnown(expression.name)
      ? exprFromBytes(expression.name, expression.data)
      : expression,
  );
  const decoding = new Decoding(family, parsed, context);
  const statements = decoding.run();
  if (statements !== undefined) return { statements, folded: decoding.folded };
  return { statements: parsed.map(rawStatement), folded: new Set() };
}
