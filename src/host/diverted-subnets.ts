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

/** A subnet of a lab's that packets from the host do not get to. */
export interface DivertedSubnet {
  readonly subnet: Cidr;
  /** What leads them elsewhere: `rule 5210 (lookup 52)`. */
  readonly by: string;
  /** A command that has them arrive; absent where none can be named. */
  readonly fix?: string;
}

/**
 * What leads packets for a lab past its link: the kernel is asked for the way of those that this machine sends, and of those
 * that it passes on. Nothing where the lab has no link.
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
    // Rules may be about those alone that come in by an interface.
    const passedOn = arrivals(socket, familyOf(to)).map((arrival) => findRoute(socket, to, arrival));
    const stray = passedOn.find((route) => route !== undefined && route.oif !== index);
    return stray === undefined ? [] : [describe(socket, subnet, stray.table)];
  });
}

/** What will lead packets for labs past their links, once they have subnets of a range: a rule that comes before the main table. */
export function predictDivertedSubnets(range: Cidr): DivertedSubnet[] {
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  const rules = rulesFor(socket, range);
  const main = rules.findIndex((rule) => rule.action === TO_TABLE && tableOf(rule) === RT_TABLE_MAIN);
  const table = findRoute(socket, nthAddress(range, 2))?.table;
  // Without a route, a rule that ends the search is the reason; a table that knows no way is passed over.
  const leads = (rule: RuleMessage): boolean =>
    table === undefined ? ENDINGS[rule.action] !== undefined : leadsTo(rule, table);
  const early = rules.slice(0, main).some((rule) => !isConditional(rule) && leads(rule));
  return early ? [describe(socket, range, table)] : [];
}

/** The rules about packets to a network, in the order in which the kernel looks at them. */
const rulesFor = (socket: NetlinkSocket, network: Cidr): RuleMessage[] =>
  getRules(socket, addressFamily(familyOf(addressOf(network))))
    .toSorted((a, b) => priorityOf(a) - priorityOf(b))
    .filter((rule) => isFor(rule, network));

/** Packets as they would come in from where the default routes lead. */
function arrivals(socket: NetlinkSocket, family: Family): { readonly iif: number; readonly from: Ip }[] {
  return getRoutes(socket, { family: addressFamily(family), table: RT_TABLE_MAIN }).flatMap(
    ({ dst, dstLength, oif, gateway }) =>
      dst === undefined && dstLength === 0 && oif !== undefined && gateway !== undefined
        ? [{ iif: oif, from: gateway }]
        : [],
  );
}

/** @param table where the kernel found a route; undefined where it found none, or one that leads nowhere */
function describe(socket: NetlinkSocket, subnet: Cidr, table: number | undefined): DivertedSubnet {
  const family = familyOf(addressOf(subnet));
  const rules = rulesFor(socket, subnet).filter((rule) => leadsTo(rule, table));
  const rule = rules.find((one) => !isConditional(one)) ?? rules[0];
  if (rule === undefined) return { subnet, by: table === undefined ? 'missing route' : `route in table ${table}` };
  const before = Math.min(100, Math.max(0, priorityOf(rule) - 1));
  return {
    subnet,
    by: `rule ${priorityOf(rule)} (${actionOf(rule)})`,
    fix: `${family === 4 ? 'ip' : 'ip -6'} rule add to ${exceptionFor(subnet)} lookup main pref ${before}`,
  };
}

/** What a rule is to except: all that uplinks may have, so that it is good for other labs, too. */
function exceptionFor(subnet: Cidr): Cidr {
  const range = uplinkRange();
  return familyOf(addressOf(subnet)) === 4 && overlaps(range, subnet) ? range : subnet;
}

/** The first of all rules has none, which is 0. */
const priorityOf = ({ priority = 0 }: RuleMessage): number => priority;

const isFor = ({ dst, dstLength }: RuleMessage, subnet: Cidr): boolean =>
  dst === undefined || contains(cidr(dst, dstLength), addressOf(subnet));

/** FR_ACT_TO_TBL of linux/fib_rules.h, and those that end the search: blackhole, unreachable and prohibit. */
const TO_TABLE = 1;
const ENDINGS: Readonly<Record<number, string>> = { 6: 'blackhole', 7: 'unreachable', 8: 'prohibit' };

function leadsTo(rule: RuleMessage, table: number | undefined): boolean {
  if (ENDINGS[rule.action] !== undefined) return table === undefined;
  const to = tableOf(rule);
  return (
    rule.action === TO_TABLE && to !== RT_TABLE_MAIN && (table === undefined ? to !== RT_TABLE_LOCAL : to === table)
  );
}

/** Whether a rule asks for more than where a packet goes. What this machine sends comes in, as rules have it, by its loopback. */
const isConditional = ({ src, iifName, fwMark, l3mdev }: RuleMessage): boolean =>
  src !== undefined || (iifName !== undefined && iifName !== LOOPBACK) || fwMark !== undefined || l3mdev !== undefined;

const LOOPBACK = 'lo';

const actionOf = (rule: RuleMessage): string => ENDINGS[rule.action] ?? `lookup ${tableOf(rule)}`;

/** As a sentence for those who bring the lab up. */
export const describeDivertedSubnet = ({ subnet, by, fix }: DivertedSubnet): string =>
  `the host's ${by} diverts packets to the lab (${subnet}) away from its link: replies are lost${fix === undefined ? '' : `; ${fix}`}`;
