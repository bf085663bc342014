import { familyOf, addressOf, overlaps, parseNetwork, prefixLength, type Cidr } from '../addr/index.ts';
import { NetwrightError, UsageError } from '../base/index.ts';

/** Where the range stands that uplinks are to take their IPv4 subnets from. */
export const RANGE_VARIABLE = 'NETWRIGHT_UPLINK_RANGE';

/** Set aside for tests between networks (RFC 2544), and so used by nobody. */
const USUAL = parseNetwork('198.18.0.0/15');

/** The longest prefix that a range may have: a subnet of four addresses. */
const LONGEST = 30;

/** What no host takes for addresses of others: this network, the loopback, link-local, multicast and reserved ones. */
const UNUSABLE = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3'].map(parseNetwork);

/** The range that uplinks take their IPv4 subnets from. @throws UsageError when the variable says something else */
export function uplinkRange(): Cidr {
  const text = process.env[RANGE_VARIABLE];
  if (text === undefined || text === '') return USUAL;
  const range = parsed(text);
  if (range === undefined || familyOf(addressOf(range)) !== 4 || prefixLength(range) > LONGEST)
    throw new UsageError(
      `invalid ${RANGE_VARIABLE} "${text}": expected an IPv4 network with room for uplinks, such as 10.200.0.0/16`,
    );
  const unusable = UNUSABLE.find((one) => overlaps(one, range));
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
