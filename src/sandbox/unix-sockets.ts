import { readFileSync, statSync } from 'node:fs';
import { CapabilityError } from '../base/error.ts';
import { processIds } from '../netns/index.ts';

/** A line of /proc/net/unix whose socket has a path: unix(7). */
const WITH_PATH = /^[0-9a-f]+: (?:[0-9A-F]+ ){5} *\d+ (\/.*)$/;

/** The first of the machine's, which is always there. */
const INIT = '1';

/**
 * The paths of the UNIX sockets that are bound at this moment, in every network namespace that has a process: a socket's
 * path is good for whoever sees the file, whatever network he is in.
 * @throws CapabilityError where processes, and with them their sockets, are hidden from this one
 */
export function boundSockets(): Set<string> {
  const seen = new Set<number>();
  const paths = new Set<string>();
  for (const entry of ['thread-self', ...processIds()]) {
    const table = `/proc/${entry}/net/unix`;
    try {
      // Each network namespace has a file of its own, which anybody may read: what says whose it is (ns/net) is not for all.
      const { ino } = statSync(table);
      if (seen.has(ino)) continue;
      const text = readFileSync(table, 'utf8');
      seen.add(ino);
      for (const line of text.split('\n')) {
        const path = WITH_PATH.exec(line)?.[1];
        if (path !== undefined) paths.add(path);
      }
    } catch {
      // It has ended meanwhile.
    }
  }
  if (statSync(`/proc/${INIT}/net/unix`, { throwIfNoEntry: false }) === undefined)
    throw new CapabilityError(
      'a sandbox hides UNIX sockets, but cannot list them here (/proc is mounted with hidepid)',
      'join the group of its mount option gid=, or use sudo',
    );
  return paths;
}
