import {
  addressOf,
  cidr,
  contains,
  familyOf,
  networkOf,
  nthAddress,
  overlaps,
  type Cidr,
  type Family,
  type Ip,
} from '../addr/index.ts';
import { NETLINK_ROUTE, NetlinkSocket } from '../netlink/index.ts';
import {
  findLink,
  findRoute,
  getAddresses,
  getRoutes,
  getRules,
  RT_SCOPE_UNIVERSE,
  RT_TABLE_LOCAL,
  RT_TABLE_MAIN,
  tableOf,
  type RuleMessage,
} from '../rtnetlink/index.ts';
import { addressFamily } from '../sockets/index.ts';
import { hostLinkName } from '../topology/index.ts';
import { uplinkRange } from './uplink-range.ts';

/** A subnet of a lab to which the host routes packets through another link than the lab's. */
export interface DivertedSubnet {
  readonly subnet: Cidr;
  /** The rule or route that diverts them: `rule 5210 (lookup 52)`. */
  readonly by: string;
  /** A command that fixes this; absent if there is none. */
  readonly fix?: string;
}

/**
 * Finds the lab's subnets that the host routes through another link than the lab's. Asks the kernel (RTM_GETROUTE) for
 * the route of packets that the host sends, and of those that it forwards. Returns none if the lab has no link on the
 * host.
 */
export function findDivertedSubnets(lab: string): DivertedSubnet[] {
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  const index = findLink(socket, hostLinkName(lab))?.index;
  if (index === undefined) return [];
  const addresses = getAddresses(socket, { index }).filter(({ scope }) => scope === RT_SCOPE_UNIVERSE);
  return addresses.flatMap(({ local, address, prefixLength }) => {
    const subnet = networkOf(cidr((local ?? address)!, prefixLength));
    const to = nthAddress(subnet, 2);
    const sent = findRoute(socket, to);
    if (sent?.oif !== index) return [describe(socket, subnet, sent?.table)];
    // A rule can match only packets that arrive on a certain interface (iif).
    const forwarded = arrivals(socket, familyOf(to)).map((arrival) => findRoute(socket, to, arrival));
    const stray = forwarded.find((route) => route !== undefined && route.oif !== index);
    return stray === undefined ? [] : [describe(socket, subnet, stray.table)];
  });
}

/**
 * Predicts whether packets to labs with subnets from this range would be diverted, by a rule before the main table's.
 */
export function predictDivertedSubnets(range: Cidr): DivertedSubnet[] {
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  const rules = rulesFor(socket, range);
  const main = rules.findIndex((rule) => rule.action === TO_TABLE && tableOf(rule) === RT_TABLE_MAIN);
  const table = findRoute(socket, nthAddress(range, 2))?.table;
  // Without a route, the reason is a rule that ends the lookup; the kernel skips tables without a matching route.
  const diverts = (rule: RuleMessage): boolean =>
    table === undefined ? ENDINGS[rule.action] !== undefined : leadsTo(rule, table);
  const diverted = rules.slice(0, main).some((rule) => !isConditional(rule) && diverts(rule));
  return diverted ? [describe(socket, range, table)] : [];
}

/** The routing rules that match packets to a network, in the kernel's order. */
const rulesFor = (socket: NetlinkSocket, network: Cidr): RuleMessage[] =>
  getRules(socket, addressFamily(familyOf(addressOf(network))))
    .toSorted((a, b) => priorityOf(a) - priorityOf(b))
    .filter((rule) => isFor(rule, network));

/** The interface and gateway of each default route, as the source of packets that the host forwards. */
function arrivals(socket: NetlinkSocket, family: Family): { readonly iif: number; readonly from: Ip }[] {
  return getRoutes(socket, { family: addressFamily(family), table: RT_TABLE_MAIN }).flatMap(
    ({ dst, dstLength, oif, gateway }) =>
      dst === undefined && dstLength === 0 && oif !== undefined && gateway !== undefined
        ? [{ iif: oif, from: gateway }]
        : [],
  );
}

/** @param table the table in which the kernel found a route; undefined if it found none, or a blackhole route */
function describe(socket: NetlinkSocket, subnet: Cidr, table: number | undefined): DivertedSubnet {
  const family = familyOf(addressOf(subnet));
  const rules = rulesFor(socket, subnet).filter((rule) => leadsTo(rule, table));
  const rule = rules.find((candidate) => !isConditional(candidate)) ?? rules[0];
  if (rule === undefined) return { subnet, by: table === undefined ? 'missing route' : `route in table ${table}` };
  const before = Math.min(100, Math.max(0, priorityOf(rule) - 1));
  return {
    subnet,
    by: `rule ${priorityOf(rule)} (${actionOf(rule)})`,
    fix: `${family === 4 ? 'ip' : 'ip -6'} rule add to ${exceptionFor(subnet)} lookup main pref ${before}`,
  };
}

/** The destination for the fix: the whole uplink range if possible, so that it also fixes other labs. */
function exceptionFor(subnet: Cidr): Cidr {
  const range = uplinkRange();
  return familyOf(addressOf(subnet)) === 4 && overlaps(range, subnet) ? range : subnet;
}

/** The first rule has no priority attribute, which means 0. */
const priorityOf = ({ priority = 0 }: RuleMessage): number => priority;

const isFor = ({ dst, dstLength }: RuleMessage, subnet: Cidr): boolean =>
  dst === undefined || contains(cidr(dst, dstLength), addressOf(subnet));

/** FR_ACT_TO_TBL of linux/fib_rules.h, and the actions that end the lookup: blackhole, unreachable and prohibit. */
const TO_TABLE = 1;
const ENDINGS: Readonly<Record<number, string>> = { 6: 'blackhole', 7: 'unreachable', 8: 'prohibit' };

function leadsTo(rule: RuleMessage, table: number | undefined): boolean {
  if (ENDINGS[rule.action] !== undefined) return table === undefined;
  const to = tableOf(rule);
  return (
    rule.action === TO_TABLE && to !== RT_TABLE_MAIN && (table === undefined ? to !== RT_TABLE_LOCAL : to === table)
  );
}

/** True if a rule matches more than the destination. (For rules, packets that the host sends arrive on lo.) */
const isConditional = ({ src, iifName, fwMark, l3mdev }: RuleMessage): boolean =>
  src !== undefined || (iifName !== undefined && iifName !== LOOPBACK) || fwMark !== undefined || l3mdev !== undefined;

const LOOPBACK = 'lo';

const actionOf = (rule: RuleMessage): string => ENDINGS[rule.action] ?? `lookup ${tableOf(rule)}`;

/** The warning for users. */
export const describeDivertedSubnet = ({ subnet, by, fix }: DivertedSubnet): string =>
  `the host's ${by} diverts packets to the lab (${subnet}) away from its link: replies are lost${fix === undefined ? '' : `; ${fix}`}`;
