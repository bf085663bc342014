import type { SetElement } from '../state/index.ts';

/** What tells an element of a set from the others. */
export const keyOf = ({ key }: SetElement): string => JSON.stringify(key);

/** Those of `others` that are not among `elements`, by their keys. */
export function elementsNotIn(elements: readonly SetElement[], others: readonly SetElement[]): SetElement[] {
  const known = new Set(elements.map(keyOf));
  return others.filter((element) => !known.has(keyOf(element)));
}
