import { AF_INET } from '../ffi/index.ts';
import type { NetlinkSocket } from '../netlink/index.ts';
import { readSysctl } from '../proc/index.ts';
import { getNetconf, NETCONFA_IFINDEX_ALL, type Link, type NetconfMessage } from '../rtnetlink/index.ts';
import { settingOfLink } from './link.ts';

/** Frequently read settings that RTM_GETNETCONF returns. */
const OF_ALL: Readonly<Record<string, 'forwarding' | 'rpFilter'>> = {
  'net.ipv4.ip_forward': 'forwarding',
  'net.ipv4.conf.all.rp_filter': 'rpFilter',
};

/**
 * The values of some settings, by key, without settings that do not exist.
 * @param socket NETLINK_ROUTE in this thread's network namespace
 * @param links the links of the namespace that have been read
 */
export function readSysctls(
  keys: Iterable<string>,
  socket: NetlinkSocket,
  links: readonly Link[],
): Record<string, string> {
  const values: Record<string, string> = {};
  let ofAll: NetconfMessage | undefined;
  for (const key of keys) {
    const member = OF_ALL[key];
    if (member !== undefined) ofAll ??= getNetconf(socket, AF_INET, NETCONFA_IFINDEX_ALL);
    const value = member === undefined ? (settingOfLink(key, links) ?? readSysctl(key)) : ofAll?.[member]?.toString();
    if (value !== undefined) values[key] = value;
  }
  return values;
}
