import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A line of /proc/net/unix whose socket has a path: unix(7). */
const WITH_PATH = /^[0-9a-f]+: (?:[0-9A-F]+ ){5} *\d+ (\/.*)$/;

/**
 * The paths of the UNIX sockets that are bound at this moment, in every network namespace that has a process: a socket's
 * path is good for whoever sees the file, whatever network he is in.
 */
export function boundSockets(): Set<string> {
  const seen = new Set<string>();
  const paths = new Set<string>();
  for (const entry of ['thread-self', ...readdirSync('/proc').filter((name) => /^\d+$/.test(name))]) {
    try {
      const namespace = readlinkSync(`/proc/${entry}/ns/net`);
      if (seen.has(namespace)) continue;
      const text = readFileSync(`/proc/${entry}/net/unix`, 'utf8');
      seen.add(namespace);
      for (const line of text.split('\n')) {
        const path = WITH_PATH.exec(line)?.[1];
        if (path !== undefined) paths.add(path);
      }
    } catch {
      // It has ended meanwhile.
    }
  }
  return paths;
}
