import { readdirSync, readFileSync } from 'node:fs';

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
