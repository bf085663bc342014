import type { Ip } from '../addr/index.ts';
import { NETLINK_ROUTE, NetlinkSocket } from '../netlink/index.ts';
import { getAddresses } from '../rtnetlink/index.ts';
import { hostAddresses } from '../rootless/index.ts';

/**
 * True if an address is one of this host: of the network namespace of this process, or, in the user namespace of the
 * labs, of the host's network namespace.
 */
export function isOwnAddress(address: Ip): boolean {
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  return (
    getAddresses(socket).some(({ local, address: peer }) => (local ?? peer) === address) || hostAddresses().has(address)
  );
}
