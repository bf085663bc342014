import { familyOf, addressOf, overlaps, parseNetwork, prefixLength, type Cidr } from '../addr/index.ts';
import { NetwrightError, UsageError } from '../base/index.ts';

/** The environment variable with the range for the IPv4 subnets of uplinks. */
export const RANGE_VARIABLE = 'NETWRIGHT_UPLINK_RANGE';

/** Reserved for benchmarks (RFC 2544), and so normally unused. */
const DEFAULT_RANGE = parseNetwork('198.18.0.0/15');

/** The longest valid prefix of a range, which has one subnet of four addresses. */
const LONGEST_PREFIX = 30;

/** Ranges that cannot be used for links: 0.0.0.0/8, loopback, link-local, multicast and reserved. */
const UNUSABLE = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3'].map(parseNetwork);

/**
 * The range for the IPv4 subnets of uplinks: 198.18.0.0/15, or the variable's value.
 * @throws UsageError if that is invalid
 */
export function uplinkRange(): Cidr {
  const text = process.env[RANGE_VARIABLE];
  if (text === undefined || text === '') return DEFAULT_RANGE;
  const range = parsed(text);
  if (range === undefined || familyOf(addressOf(range)) !== 4 || prefixLength(range) > LONGEST_PREFIX)
    throw new UsageError(
      `invalid ${RANGE_VARIABLE} "${text}": expected an IPv4 network with room for uplinks, such as 10.200.0.0/16`,
    );
  const unusable = UNUSABLE.find((network) => overlaps(network, range));
  if (unusable !== undefined)
    throw new UsageError(`invalid ${RANGE_VARIABLE} "${text}": ${unusable} cannot be used for links`);
  return range;
}

function parsed(text: string): Cidr | undefined {
  try {
    return parseNetwork(text);
  } catch (error) {
    if (error instanceof NetwrightError) return undefined;
    throw error;
  }
}
