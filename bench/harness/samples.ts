/** The measurements of a candidate, by round; undefined for a round that it skipped. */
export type Samples = readonly (number | undefined)[];

const present = (samples: Samples): number[] => samples.filter((sample) => sample !== undefined);

export function median(samples: Samples): number {
  const sorted = present(samples).toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * The ratio of a candidate's times to those of `base`: the median of the ratios within each round, since the speed of
 * the machine can differ between rounds.
 */
export const ratio = (samples: Samples, base: Samples): number =>
  median(samples.map((sample, i) => (sample === undefined || base[i] === undefined ? undefined : sample / base[i])));

/** `12.3 (11.0 to 14.2)`. */
export function spread(samples: Samples): string {
  const all = present(samples);
  if (all.length === 0) return 'too slow';
  const range = all.length === 1 ? '' : ` (${digits(Math.min(...all))} to ${digits(Math.max(...all))})`;
  return `${digits(median(all))}${range}`;
}

/** Three significant digits: 0.123, 1.23, 12.3, 123. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const decimals = value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
  return value.toFixed(decimals);
}

/** Something to measure in rounds, in turns with others. */
export interface Candidate<R> {
  readonly name: string;
  /** The number of its rounds; all rounds when absent. */
  readonly rounds?: number;
  /** Returns undefined if it took too long. The candidate then skips the remaining rounds. */
  readonly measure: () => R | undefined;
}

/** Measures A B C A B C …, so that a slow period of the machine affects all candidates equally. */
export function interleave<R>(rounds: number, candidates: readonly Candidate<R>[]): Map<string, (R | undefined)[]> {
  const results = new Map<string, (R | undefined)[]>(candidates.map(({ name }) => [name, []]));
  const left = new Map(candidates.map(({ name, rounds: own = rounds }) => [name, own]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, measure } of candidates) {
      const result = round < left.get(name)! ? measure() : undefined;
      if (result === undefined) left.set(name, 0);
      results.get(name)!.push(result);
    }
  }
  return results;
}
