import { processIds, unixSocketsOf, unixTable } from '../proc/index.ts';
import { statSync } from 'node:fs';
import { CapabilityError } from '../base/index.ts';

/** The first of the machine's, which is always there. */
const INIT = 1;

/**
 * The paths of the UNIX sockets that are bound at this moment, in every network namespace that has a process: a socket's
 * path is good for whoever sees the file, whatever network he is in.
 * @throws CapabilityError where processes, and with them their sockets, are hidden from this one
 */
export function boundSockets(): Set<string> {
  const seen = new Set<number>();
  const paths = new Set<string>();
  for (const who of ['thread-self', ...processIds()] as const) {
    // Each network namespace has a file of its own, which anybody may read: what says whose it is (ns/net) is not for all.
    const inode = inodeOf(unixTable(who));
    if (inode === undefined || seen.has(inode)) continue;
    const sockets = unixSocketsOf(who);
    if (sockets === undefined) continue;
    seen.add(inode);
    for (const { path } of sockets) if (path !== undefined) paths.add(path);
  }
  if (inodeOf(unixTable(INIT)) === undefined)
    throw new CapabilityError(
      'a sandbox hides UNIX sockets, but cannot list them here (/proc is mounted with hidepid)',
      'join the group of its mount option gid=, or use sudo',
    );
  return paths;
}

/** Undefined where the process has ended, or is hidden. */
function inodeOf(path: string): number | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })?.ino;
  } catch {
    return undefined;
  }
}
