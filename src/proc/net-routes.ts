import { readText, type Who } from './read.ts';

/**
 * True if the text of /proc/PID/net/route has a default route over a link. Fields: interface, destination in
 * hexadecimal, … (proc_pid_net(5)).
 */
export const hasDefaultRoute4 = (text: string, link: string): boolean =>
  text.split('\n').some((line) => /^(\S+)\t0{8}\t/.exec(line)?.[1] === link);

/**
 * As {@link hasDefaultRoute4}, of /proc/PID/net/ipv6_route. Fields: destination, its prefix length, … and the
 * interface.
 */
export const hasDefaultRoute6 = (text: string, link: string): boolean =>
  text.split('\n').some((line) => line.startsWith(`${'0'.repeat(32)} 00 `) && line.trimEnd().endsWith(` ${link}`));

/** True if a process's network namespace has a default route over a link; false if the process has ended. */
export function hasDefaultRoute(who: Who, family: 4 | 6, link: string): boolean {
  if (family === 4) return hasDefaultRoute4(readText(`/proc/${who}/net/route`) ?? '', link);
  return hasDefaultRoute6(readText(`/proc/${who}/net/ipv6_route`) ?? '', link);
}
