import { writeFileSync } from 'node:fs';
import { lastGroup } from '../netns/index.ts';

let groups: string | undefined;

/**
 * Lets programs of every group of this user namespace ping in the network namespace that this thread is in (icmp(7)): a new
 * one lets nobody but root.
 * @param proc the folder that stands for /proc
 */
export function letPing(proc = '/proc'): void {
  groups ??= `0 ${lastGroup()}\n`;
  try {
    writeFileSync(`${proc}/sys/net/ipv4/ping_group_range`, groups);
  } catch {
    // Where settings cannot be written, root can ping all the same.
  }
}
