/** The burst of a limit statement without one. */
export const DEFAULT_BURST = 5;

export const secondsPer = { second: 1, minute: 60, hour: 3600, day: 86400, week: 604800 } as const;

const bySeconds = new Map<bigint, keyof typeof secondsPer>(
  (Object.keys(secondsPer) as (keyof typeof secondsPer)[]).map((per) => [BigInt(secondsPer[per]), per]),
);

export const perSeconds = (seconds: bigint | undefined): keyof typeof secondsPer | undefined =>
  bySeconds.get(seconds ?? 0n);
