/**
 * Sorts items so that the items of each chain are in the order of the chain, and otherwise by rank (a topological
 * sort). If chains contradict each other, the last ones are ignored.
 */
export function merge<T>(items: readonly T[], chains: readonly (readonly T[])[], rank: (item: T) => number): T[] {
  const sorted = items.toSorted((a, b) => rank(a) - rank(b));
  for (let count = chains.length; count > 0; count--) {
    const merged = tryMerge(sorted, chains.slice(0, count));
    if (merged !== undefined) return merged;
  }
  return sorted;
}

/** @param sorted the items, sorted by rank. @returns undefined if the chains contradict each other */
function tryMerge<T>(sorted: readonly T[], chains: readonly (readonly T[])[]): T[] | undefined {
  const before = new Map<T, Set<T>>(sorted.map((item) => [item, new Set()]));
  for (const chain of chains) {
    const known = chain.filter((item) => before.has(item));
    known.slice(1).forEach((item, i) => {
      if (item !== known[i]) before.get(item)!.add(known[i]!);
    });
  }
  const merged: T[] = [];
  const left = new Set(sorted);
  // Usually the first item left has no predecessor left, so that this is fast.
  while (left.size > 0) {
    let next: T | undefined;
    for (const item of left) {
      if (![...before.get(item)!].some((other) => left.has(other))) {
        next = item;
        break;
      }
    }
    if (next === undefined) return undefined;
    left.delete(next);
    merged.push(next);
  }
  return merged;
}

/** The positions in `values` of their longest strictly increasing subsequence. */
export function longestIncreasingSubsequence(values: readonly number[]): number[] {
  /** For each length, the position of the lowest value that ends an increasing subsequence of this length. */
  const ends: number[] = [];
  const previous: number[] = [];
  values.forEach((value, i) => {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (values[ends[middle]!]! < value) low = middle + 1;
      else high = middle;
    }
    previous.push(low === 0 ? -1 : ends[low - 1]!);
    ends[low] = i;
  });
  const positions: number[] = [];
  for (let i = ends.at(-1) ?? -1; i >= 0; i = previous[i]!) positions.unshift(i);
  return positions;
}

/** Returns a function with the position of each item in a list, as a rank for {@link merge}. */
export const rankIn = <T>(items: readonly T[]): ((item: T) => number) => {
  const ranks = new Map(items.map((item, i) => [item, i]));
  return (item) => ranks.get(item) ?? 0;
};
