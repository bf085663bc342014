import { readdirSync } from 'node:fs';
import type { LabMarks } from '../apply/index.ts';
import type { NetlinkSocket } from '../netlink/index.ts';
import { RUN_DIRECTORY } from '../netns/index.ts';
import { isHostLink } from '../observe/index.ts';
import { getLinks, type Link } from '../rtnetlink/index.ts';
import { HOST_LINK_PREFIX, hostLinkMac, hostLinkName, labOfHostTable } from '../topology/index.ts';

/** How links and tables of the host are known to be labs'. */
export const LAB_MARKS: LabMarks = {
  hasLinks: (socket) => labsOnHost(socket).length > 0,
  isTable: (table) => labOfHostTable(table) !== undefined,
};

/** The labs that have a link in the socket's namespace. A link of others with such a name does not count. @throws NetlinkError */
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
