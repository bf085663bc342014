import { statSync } from 'node:fs';
import { HOST_NSID } from '../apply/index.ts';
import { libc, SyscallError } from '../ffi/index.ts';
import { NETLINK_ROUTE, NetlinkSocket } from '../netlink/index.ts';
import {
  findNamespace,
  listNamespaces,
  namespaceInode,
  namespacePath,
  openOwnNamespace,
  LabMounts,
  within,
} from '../netns/index.ts';
import { namespaceFile, processIds } from '../proc/index.ts';
import { getNsid, hasNsid } from '../rtnetlink/index.ts';
import { OtherNamespaceError } from './error.ts';

/*
 * A lab's host is the network namespace that the other end of its uplink is in. The kernel knows which: the lab's own
 * namespace has a number for it. `unshare -n netwright up`, or `netwright exec NODE -- netwright down`, is in another one.
 */

/**
 * Refuses to go on where this thread is not in the network namespace that a lab has for its host: what would be done there
 * would be done to the wrong one. Any will do for a lab without an uplink, and where the one it had is no more.
 * @throws OtherNamespaceError
 */
export function requireHostNamespace(lab: string): void {
  const place = placeOfHost(lab);
  if (place === undefined) return;
  throw new OtherNamespaceError(
    `lab "${lab}" has its link to the host in a different network namespace from this command: ${place}`,
  );
}

/** Where a lab's host is, and how to get there; undefined when it is here, or nowhere. */
function placeOfHost(lab: string): string | undefined {
  const labMounts = new LabMounts(lab);
  const fd = labMounts.mounted ? findNamespace(labMounts.path(lab)) : undefined;
  if (fd === undefined) return undefined;
  try {
    using socket = within(fd, () => NetlinkSocket.open(NETLINK_ROUTE));
    const leadsTo = (descriptor: number): boolean => getNsid(socket, descriptor) === HOST_NSID;
    if (opened(openOwnNamespace, leadsTo) === true || !hasNsid(socket, HOST_NSID)) return undefined;
    return describePlace(leadsTo);
  } finally {
    libc.close(fd);
  }
}

/** What `fn` says of a namespace; undefined where that cannot be opened. */
function opened<T>(open: () => number | undefined, fn: (descriptor: number) => T): T | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = open();
  } catch (error) {
    if (error instanceof SyscallError) return undefined;
    throw error;
  }
  if (descriptor === undefined) return undefined;
  try {
    return fn(descriptor);
  } finally {
    libc.close(descriptor);
  }
}

function describePlace(isIt: (descriptor: number) => boolean): string {
  const leads = (path: string): boolean => opened(() => findNamespace(path), isIt) === true;
  const asked = new Map<number, boolean>();
  for (const pid of processIds()) {
    const path = namespaceFile(pid, 'net');
    const inode = statSync(path, { throwIfNoEntry: false })?.ino;
    if (inode === undefined) continue;
    if (!asked.has(inode)) asked.set(inode, leads(path));
    if (asked.get(inode) === true)
      return `net:[${inode}], that of process ${pid}; run it there: nsenter --net=${path} netwright …`;
  }
  const named = listNamespaces().find(({ name }) => leads(namespacePath(name)));
  if (named === undefined) return 'one without visible processes';
  return `net:[${namespaceInode(namespacePath(named.name))}], "${named.name}"; run it there: nsenter --net=${namespacePath(named.name)} netwright …`;
}
