import { readFileSync } from 'node:fs';

/** What stands for PID in `/proc/PID`: a process id, this process, or the calling thread. */
export type Who = number | 'self' | 'thread-self';

/**
 * Reads a text file. Returns undefined if it does not exist or may not be read: a process can end at any time.
 * @param encoding `latin1` if absent, which is the fastest; `utf8` for text with names or paths
 */
export function readText(path: string, encoding: 'latin1' | 'utf8' = 'latin1'): string | undefined {
  try {
    return readFileSync(path, encoding);
  } catch {
    return undefined;
  }
}
