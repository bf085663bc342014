import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** All processes that /proc shows, in its order. */
export const processIds = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

/**
 * A process's name, cut to 15 bytes as the kernel does (`comm` of proc(5)); undefined when it has ended, or belongs to somebody
 * who may not be looked at.
 */
export function processName(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** Where a link below a process's folder in /proc leads, as `net:[4026531840]`; undefined as for {@link processName}. */
export function processLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
