import { Lock, NameTakenError } from '../apply/index.ts';
import type { NamespaceState, ObservedNamespace } from '../state/index.ts';
import { NETLINK_NETFILTER, NETLINK_ROUTE, NetlinkSocket } from '../netlink/index.ts';
import { findTable } from '../nftables/index.ts';
import { findLink } from '../rtnetlink/index.ts';
import { isHostLink, type HostParts } from '../observe/index.ts';
import { hostLinkMac, hostLinkName, hostTableComment, hostTableName } from '../topology/index.ts';

/** The links and tables that a lab can have on the host, and how to recognise them. */
export const hostParts = (lab: string): HostParts => ({
  links: [{ name: hostLinkName(lab), mac: hostLinkMac(lab) }],
  tables: [{ family: 'inet', name: hostTableName(lab), comment: hostTableComment(lab) }],
});

/** True if the host has the lab's link. */
export function hasLinkOnHost(lab: string): boolean {
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  return hostParts(lab).links.some((part) => {
    const link = findLink(socket, part.name);
    return link !== undefined && isHostLink(part, link);
  });
}

/** The name of the host's lock, which is not a valid lab name. */
export const HOST_LOCK = 'host.';
const LOCK_WAIT = 30_000;

/**
 * Locks the host. Held from the choice of a lab's uplink until the link exists, so that no two labs choose the same
 * subnet; and while a lab is removed, so that it does not remove what another lab needs, too.
 * @throws as {@link Lock.wait}, after 30 seconds
 */
export const lockHost = (signal?: AbortSignal): Promise<Lock> => Lock.wait(HOST_LOCK, LOCK_WAIT, signal);

/**
 * Checks that the names of a lab's links and tables on the host are free.
 * @param wanted what the lab needs on the host
 * @param own what it already has there
 * @throws NameTakenError
 */
export function refuseTakenOnHost(wanted: NamespaceState, own: ObservedNamespace | undefined): void {
  const links = Object.keys(wanted.links).filter((name) => own?.links[name] === undefined);
  if (links.length > 0) {
    using socket = NetlinkSocket.open(NETLINK_ROUTE);
    const taken = links.find((name) => findLink(socket, name) !== undefined);
    if (taken !== undefined)
      throw new NameTakenError(
        `a link named "${taken}" that does not belong to this lab exists on the host; remove it (ip link del ${taken}) or rename the lab`,
      );
  }
  const tables = Object.keys(wanted.tables).filter((key) => own?.tables[key] === undefined);
  if (tables.length > 0) {
    using socket = NetlinkSocket.open(NETLINK_NETFILTER);
    const taken = tables.find((key) => findTable(socket, wanted.tables[key]!) !== undefined);
    if (taken !== undefined)
      throw new NameTakenError(
        `an nftables table "${taken}" that does not belong to this lab exists on the host; remove it (nft delete table ${taken}) or rename the lab`,
      );
  }
}
