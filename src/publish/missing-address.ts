import { contains, type Cidr } from '../addr/index.ts';
import { NETLINK_ROUTE, NetlinkSocket } from '../netlink/index.ts';
import { getAddresses } from '../rtnetlink/index.ts';
import { parsePublication, publicationText } from '../topology/index.ts';

const LOOPBACK = '127.0.0.0/8' as Cidr;

/** Warnings about ports that are published at an address that the host does not have, though it could get it later. */
export function missingAddressWarnings(ports: readonly string[]): string[] {
  const publications = ports
    .map(parsePublication)
    .filter(({ address }) => address !== undefined && !contains(LOOPBACK, address));
  if (publications.length === 0) return [];
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  const own = new Set(getAddresses(socket).map(({ local, address }) => local ?? address));
  return publications
    .filter(({ address }) => !own.has(address))
    .map(
      (publication) =>
        `${publicationText(publication)} is published at ${publication.address}, which is not an address of the host: it is unreachable there`,
    );
}
