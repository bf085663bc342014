import { readFileSync } from 'node:fs';

/** A process by its number, this process, or the calling thread: what stands for PID in `/proc/PID`. */
export type Who = number | 'self' | 'thread-self';

/**
 * The text of a file, or undefined where there is none, or none for this user: a process ends at any moment.
 * @param encoding `latin1` when absent, which is the fastest; `utf8` where names or paths are in it
 */
export function readText(path: string, encoding: 'latin1' | 'utf8' = 'latin1'): string | undefined {
  try {
    return readFileSync(path, encoding);
  } catch {
    return undefined;
  }
}
