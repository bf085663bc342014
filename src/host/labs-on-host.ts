import { readdirSync } from 'node:fs';
import type { LabMarks } from '../apply/index.ts';
import type { NetlinkSocket } from '../netlink/index.ts';
import { RUN_DIRECTORY } from '../netns/index.ts';
import { isHostLink } from '../observe/index.ts';
import { getLinks, type Link } from '../rtnetlink/index.ts';
import { HOST_LINK_PREFIX, hostLinkMac, hostLinkName, labOfHostTable } from '../topology/index.ts';

/** Recognises the links and tables of labs on the host. */
export const LAB_MARKS: LabMarks = {
  hasLinks: (socket) => labsOnHost(socket).length > 0,
  isTable: (table) => labOfHostTable(table) !== undefined,
};

/** The labs with a link in the socket's namespace. Name and MAC address of the link must match. @throws NetlinkError */
export function labsOnHost(socket: NetlinkSocket): string[] {
  let labs: string[] | undefined;
  return getLinks(socket).flatMap((link) => {
    const { name: linkName = '' } = link;
    if (!linkName.startsWith(HOST_LINK_PREFIX)) return [];
    const lab = linkName.slice(HOST_LINK_PREFIX.length);
    if (isLinkOf(lab, link)) return [lab];
    // The link name of a lab with a long name has only its beginning and a hash.
    labs ??= labsInRun();
    return labs.find((name) => isLinkOf(name, link)) ?? [];
  });
}

const isLinkOf = (lab: string, link: Link): boolean =>
  isHostLink({ name: hostLinkName(lab), mac: hostLinkMac(lab) }, link);

/** The names of all directories in /run/netwright. */
function labsInRun(): string[] {
  try {
    return readdirSync(RUN_DIRECTORY);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
