import { NETLINK_ROUTE, NetlinkSocket } from '../netlink/index.ts';
import {
  findLink,
  getLinks,
  linkMessage,
  RTM_DELLINK,
  RTM_NEWLINK,
  type Link,
  type LinkRequest,
} from '../rtnetlink/index.ts';
import { isHostLink, type HostLink } from '../observe/index.ts';
import type { Codec } from '../wire/index.ts';

const linkRequest = linkMessage as Codec<LinkRequest>;
/** The kernel can have deleted a link together with its peer. */
const GONE = { codes: ['ENODEV'] };

/** Deletes the existing links of labs on the host. A link of another program stays, even with the same name. */
export function deleteHostLinks(parts: readonly HostLink[]): void {
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  const batch = socket.batch();
  if (parts.length === 1) {
    const [part] = parts as [HostLink];
    const link = findLink(socket, part.name);
    if (link === undefined || !isHostLink(part, link)) return;
    batch.add(RTM_DELLINK, 0, linkRequest, { index: link.index }, `delete link "${part.name}" on the host`, GONE);
  } else {
    const byName = new Map(parts.map((part) => [part.name, part]));
    const links = getLinks(socket);
    const own = links.filter((link) => {
      const part = byName.get(link.name ?? '');
      return part !== undefined && isHostLink(part, link);
    });
    if (own.length === 0) return;
    // Deleting a link takes the kernel tens of milliseconds, and deleting a whole group takes no longer.
    const group = freeGroup(links);
    for (const { name, index } of own)
      batch.add(RTM_NEWLINK, 0, linkRequest, { index, group }, `put link "${name}" on the host into a group`, GONE);
    batch.add(RTM_DELLINK, 0, linkRequest, { group }, 'delete the links of labs on the host', GONE);
  }
  batch.send();
}

/** A link group (ip-link(8)) without links. */
function freeGroup(links: readonly Link[]): number {
  const taken = new Set(links.map(({ group }) => group));
  let group = 0x6e77_0000;
  while (taken.has(group)) group++;
  return group;
}
