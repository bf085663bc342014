import { FormatError, PORT_MAX, type PortRange } from '../../format/index.ts';

/** `80-90`, or a number. @throws FormatError */
export function parsePortRange(value: string | number): PortRange {
  const [, low, high] = /^([0-9]{1,5})-([0-9]{1,5})$/.exec(String(value)) ?? [];
  const [first, last] = low === undefined ? [Number(value), Number(value)] : [Number(low), Number(high)];
  if (!Number.isInteger(first) || !Number.isInteger(last))
    throw new FormatError(`"${value}" is neither a port nor a range of ports, such as 80-90`);
  if (first < 1 || last > PORT_MAX) throw new FormatError(`the ports ${value} are not from 1 to ${PORT_MAX}`);
  if (first > last) throw new FormatError(`the range of ports ${value} goes down`);
  return { first, last };
}

const SECONDS = { second: 1, minute: 60, hour: 3600, day: 86_400 } as const;
const PERIODS = Object.keys(SECONDS) as (keyof typeof SECONDS)[];

/** How often at most: packets. */
export interface Limit {
  readonly rate: number;
  readonly per: (typeof PERIODS)[number];
  /** How many may come at once before the rate counts. */
  readonly burst: number;
}

/** nft's own. */
const DEFAULT_BURST = 5;
const MAX_RATE = 1_000_000_000;
const MAX_NANOSECONDS = 2n ** 64n - 1n;

/** `10/second`, `3/minute burst 20`. @throws FormatError */
export function parseLimit(text: string): Limit {
  const match = /^([0-9]{1,10})\/([a-z]+)(?: burst ([0-9]{1,10}))?$/.exec(text);
  const per = PERIODS.find((period) => period === match?.[2]);
  if (match === null || per === undefined)
    throw new FormatError(
      `"${text}" is no limit: write it as 10/second or 3/minute burst 20; periods are ${PERIODS.join(', ')}`,
    );
  const [rate, burst] = [Number(match[1]), Number(match[3] ?? DEFAULT_BURST)];
  for (const [what, value] of [
    ['rate', rate],
    ['burst', burst],
  ] as const)
    if (value < 1 || value > MAX_RATE) throw new FormatError(`the ${what} of "${text}" is not from 1 to ${MAX_RATE}`);
  // The kernel counts a burst in the nanoseconds that it takes to be allowed again, of 64 bits (net/netfilter/nft_limit.c).
  const longest = Number(MAX_NANOSECONDS / ((BigInt(SECONDS[per]) * 1_000_000_000n) / BigInt(rate)));
  if (burst > longest)
    throw new FormatError(`the burst of "${text}" is more than the kernel can count at that rate: at most ${longest}`);
  return { rate, per, burst };
}

/** NF_LOG_PREFIXLEN without its final zero byte, less a little for whoever reads. */
const PREFIX_MAX = 100;

/** @throws FormatError for what nft's language could not say, or the kernel would cut off */
export function checkLogPrefix(text: string): void {
  if (!/^[ !#%&()*+,./0-9:;<=>?@A-Z[\]^_a-z{|}~-]+$/.test(text))
    throw new FormatError('the prefix of a log is ASCII text without quotes, "$", "\\" and "`"');
  if (text.length > PREFIX_MAX)
    throw new FormatError(`the prefix of a log has ${text.length} characters; at most ${PREFIX_MAX} are kept`);
}
