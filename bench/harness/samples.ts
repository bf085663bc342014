/** One figure of one candidate, run by run; undefined where it sat a round out. */
export type Samples = readonly (number | undefined)[];

const given = (samples: Samples): number[] => samples.filter((sample) => sample !== undefined);

export function median(samples: Samples): number {
  const sorted = given(samples).toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * How many times `base` a candidate takes: the median of the ratios within each round, which the machine's moods between
 * rounds do not touch.
 */
export const ratio = (samples: Samples, base: Samples): number =>
  median(samples.map((sample, i) => (sample === undefined || base[i] === undefined ? undefined : sample / base[i])));

/** `12.3 (11.0 to 14.2)`. */
export function spread(samples: Samples): string {
  const all = given(samples);
  if (all.length === 0) return 'too slow';
  const range = all.length === 1 ? '' : ` (${digits(Math.min(...all))} to ${digits(Math.max(...all))})`;
  return `${digits(median(all))}${range}`;
}

/** Three digits that mean something: 0.123, 1.23, 12.3, 123. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const decimals = value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
  return value.toFixed(decimals);
}

/** Something that is measured in rounds, in turns with others. */
export interface Candidate<R> {
  readonly name: string;
  /** In how many of the rounds it takes part; all of them when absent. */
  readonly rounds?: number;
  /** Undefined when it gave up. It then sits out the rounds that are left. */
  readonly measure: () => R | undefined;
}

/** Measures A B C A B C …, so that a slow minute of the machine hits all alike. */
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
