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
 * The host of a lab is the network namespace with the other end of its uplink. The lab's own namespace has an nsid for
 * it. `unshare -n netwright up`, or `netwright exec NODE -- netwright down`, runs in another namespace.
 */

/**
 * Checks that this thread is in the network namespace that is the lab's host: the command would otherwise change the
 * wrong namespace. Any namespace is valid for a lab without an uplink, or if its host's namespace no longer exists.
 * @throws OtherNamespaceError
 */
export function requireHostNamespace(lab: string): void {
  const place = placeOfHost(lab);
  if (place === undefined) return;
  throw new OtherNamespaceError(
    `lab "${lab}" has its link to the host in a different network namespace from this command: ${place}`,
  );
}

/** The lab's host, and a command that enters it; undefined if it is this thread's namespace, or no longer exists. */
function placeOfHost(lab: string): string | undefined {
  const labMounts = new LabMounts(lab);
  const fd = labMounts.mounted ? findNamespace(labMounts.path(lab)) : undefined;
  if (fd === undefined) return undefined;
  try {
    using socket = within(fd, () => NetlinkSocket.open(NETLINK_ROUTE));
    const isHost = (descriptor: number): boolean => getNsid(socket, descriptor) === HOST_NSID;
    if (opened(openOwnNamespace, isHost) === true || !hasNsid(socket, HOST_NSID)) return undefined;
    return describePlace(isHost);
  } finally {
    libc.close(fd);
  }
}

/** Returns the result of `fn` for a namespace; undefined if the namespace cannot be opened. */
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

function describePlace(isHost: (descriptor: number) => boolean): string {
  const isHostAt = (path: string): boolean => opened(() => findNamespace(path), isHost) === true;
  const hostByInode = new Map<number, boolean>();
  for (const pid of processIds()) {
    const path = namespaceFile(pid, 'net');
    const inode = statSync(path, { throwIfNoEntry: false })?.ino;
    if (inode === undefined) continue;
    if (!hostByInode.has(inode)) hostByInode.set(inode, isHostAt(path));
    if (hostByInode.get(inode) === true)
      return `net:[${inode}], that of process ${pid}; run it there: nsenter --net=${path} netwright …`;
  }
  const named = listNamespaces().find(({ name }) => isHostAt(namespacePath(name)));
  if (named === undefined) return 'one without visible processes';
  return `net:[${namespaceInode(namespacePath(named.name))}], "${named.name}"; run it there: nsenter --net=${namespacePath(named.name)} netwright …`;
}
