import { processIds, unixSocketsOf, unixTable } from '../proc/index.ts';
import { statSync } from 'node:fs';
import { CapabilityError } from '../base/index.ts';

/** The host's process 1, which always exists. */
const INIT = 1;

/**
 * The paths of all bound UNIX sockets, in all network namespaces that have a process: any process that sees the file
 * can connect, in whatever network namespace it is.
 * @throws CapabilityError if processes, and with them their sockets, are hidden from this process
 */
export function boundSockets(): Set<string> {
  const inodes = new Set<number>();
  const paths = new Set<string>();
  for (const who of ['thread-self', ...processIds()] as const) {
    // Each network namespace has its own table with its own inode, which every user can read; ns/net is not readable
    // for every user.
    const inode = inodeOf(unixTable(who));
    if (inode === undefined || inodes.has(inode)) continue;
    const sockets = unixSocketsOf(who);
    if (sockets === undefined) continue;
    inodes.add(inode);
    for (const { path } of sockets) if (path !== undefined) paths.add(path);
  }
  if (inodeOf(unixTable(INIT)) === undefined)
    throw new CapabilityError(
      'a sandbox hides UNIX sockets, but cannot list them here (/proc is mounted with hidepid)',
      'join the group of its mount option gid=, or use sudo',
    );
  return paths;
}

/** Undefined if the process has ended or is hidden. */
function inodeOf(path: string): number | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })?.ino;
  } catch {
    return undefined;
  }
}
