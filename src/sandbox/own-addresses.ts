import type { Ip } from '../addr/index.ts';
import { NETLINK_ROUTE, NetlinkSocket } from '../netlink/index.ts';
import { getAddresses } from '../rtnetlink/index.ts';
import { machineAddresses } from '../rootless/index.ts';

/** Whether an address is one of this machine's: of the network that this process is in, and of that behind a rootless world. */
export function isOwnAddress(address: Ip): boolean {
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  return (
    getAddresses(socket).some(({ local, address: other }) => (local ?? other) === address) ||
    machineAddresses().has(address)
  );
}
