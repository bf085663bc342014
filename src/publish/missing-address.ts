import { contains, type Cidr } from '../addr/index.ts';
import { NETLINK_ROUTE, NetlinkSocket } from '../netlink/index.ts';
import { getAddresses } from '../rtnetlink/index.ts';
import { parsePublication, publicationText } from '../topology/index.ts';

const LOOPBACK = '127.0.0.0/8' as Cidr;

/** What to say of ports that are published at an address that this machine has not: it may come to have it. */
export function missingAddressWarnings(ports: readonly string[]): string[] {
  const at = ports.map(parsePublication).filter(({ address }) => address !== undefined && !contains(LOOPBACK, address));
  if (at.length === 0) return [];
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  const own = new Set(getAddresses(socket).map(({ local, address }) => local ?? address));
  return at
    .filter(({ address }) => !own.has(address))
    .map(
      (one) =>
        `${publicationText(one)} is published at ${one.address}, which is not an address of the host: it is unreachable there`,
    );
}
