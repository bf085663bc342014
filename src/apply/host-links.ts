import { readdirSync } from 'node:fs';
import type { NetlinkSocket } from '../netlink/index.ts';
import { RUN_DIRECTORY } from '../netns/index.ts';
import { getLinks, type Link } from '../rtnetlink/index.ts';
import { isHostLink } from '../state/index.ts';
import { HOST_LINK_PREFIX, hostLinkMac, hostLinkName } from '../topology/index.ts';

/** The labs that have a link in the socket's namespace. A link that is only called so is nobody's. @throws NetlinkError */
export function labsOnHost(socket: NetlinkSocket): string[] {
  let folders: string[] | undefined;
  return getLinks(socket).flatMap((link) => {
    const { name = '' } = link;
    if (!name.startsWith(HOST_LINK_PREFIX)) return [];
    const lab = name.slice(HOST_LINK_PREFIX.length);
    if (isLinkOf(lab, link)) return [lab];
    // Of a longer name only the beginning and a hash are in the link's.
    folders ??= foldersOfLabs();
    return folders.find((one) => isLinkOf(one, link)) ?? [];
  });
}

const isLinkOf = (lab: string, link: Link): boolean =>
  isHostLink({ name: hostLinkName(lab), mac: hostLinkMac(lab) }, link);

function foldersOfLabs(): string[] {
  try {
    return readdirSync(RUN_DIRECTORY);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
