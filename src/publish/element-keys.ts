import type { SetElement } from '../state/index.ts';

/** The key of a set element as text, for comparison. */
export const keyOf = ({ key }: SetElement): string => JSON.stringify(key);

/** Returns those of `others` whose keys are not among those of `elements`. */
export function elementsNotIn(elements: readonly SetElement[], others: readonly SetElement[]): SetElement[] {
  const known = new Set(elements.map(keyOf));
  return others.filter((element) => !known.has(keyOf(element)));
}
