import { FormatError, PORT_MAX, type PortRange } from '../../format/index.ts';

/** Parses a port, or a range such as `80-90`. @throws FormatError */
export function parsePortRange(value: string | number): PortRange {
  const [, low, high] = /^([0-9]{1,5})-([0-9]{1,5})$/.exec(String(value)) ?? [];
  const [first, last] = low === undefined ? [Number(value), Number(value)] : [Number(low), Number(high)];
  if (!Number.isInteger(first) || !Number.isInteger(last))
    throw new FormatError(`"${value}" is neither a port nor a range of ports, such as 80-90`);
  if (first < 1 || last > PORT_MAX) throw new FormatError(`the ports ${value} are not from 1 to ${PORT_MAX}`);
  if (first > last) throw new FormatError(`invalid port range ${value}: it is descending`);
  return { first, last };
}

const SECONDS = { second: 1, minute: 60, hour: 3600, day: 86_400 } as const;
const PERIODS = Object.keys(SECONDS) as (keyof typeof SECONDS)[];

/** A rate limit, in packets. */
export interface Limit {
  readonly rate: number;
  readonly per: (typeof PERIODS)[number];
  /** The number of packets that can exceed the rate at once. */
  readonly burst: number;
}

/** The default of nft(8). */
const DEFAULT_BURST = 5;
const MAX_RATE = 1_000_000_000;
const MAX_NANOSECONDS = 2n ** 64n - 1n;

/** Parses a limit such as `10/second` or `3/minute burst 20`. @throws FormatError */
export function parseLimit(text: string): Limit {
  const match = /^([0-9]{1,10})\/([a-z]+)(?: burst ([0-9]{1,10}))?$/.exec(text);
  const per = PERIODS.find((period) => period === match?.[2]);
  if (match === null || per === undefined)
    throw new FormatError(
      `invalid limit "${text}": expected 10/second or 3/minute burst 20; periods are ${PERIODS.join(', ')}`,
    );
  const [rate, burst] = [Number(match[1]), Number(match[3] ?? DEFAULT_BURST)];
  for (const [part, value] of [
    ['rate', rate],
    ['burst', burst],
  ] as const)
    if (value < 1 || value > MAX_RATE) throw new FormatError(`invalid ${part} in "${text}": expected 1 to ${MAX_RATE}`);
  // The kernel stores a burst as the nanoseconds that it lasts at the rate, in 64 bits (net/netfilter/nft_limit.c).
  const maxBurst = Number(MAX_NANOSECONDS / ((BigInt(SECONDS[per]) * 1_000_000_000n) / BigInt(rate)));
  if (burst > maxBurst)
    throw new FormatError(`the burst in "${text}" is too large for the kernel at this rate: at most ${maxBurst}`);
  return { rate, per, burst };
}

/** Less than NF_LOG_PREFIXLEN, 128 with the final zero byte, to keep lines of the log readable. */
const PREFIX_MAX = 100;

/** @throws FormatError for a prefix that nft(8) cannot quote, or that is too long */
export function checkLogPrefix(text: string): void {
  if (!/^[ !#%&()*+,./0-9:;<=>?@A-Z[\]^_a-z{|}~-]+$/.test(text))
    throw new FormatError('the prefix of a log is ASCII text without quotes, "$", "\\" and "`"');
  if (text.length > PREFIX_MAX)
    throw new FormatError(`the log prefix has ${text.length} characters; the maximum is ${PREFIX_MAX}`);
}
