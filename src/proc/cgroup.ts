import { readFileSync } from 'node:fs';
import { reachableMounts } from './mountinfo.ts';
import { readText } from './read.ts';

/** The mount point of cgroup v2 (cgroups(7)); undefined if it is not mounted. */
export const cgroupMount = (): string | undefined => reachableMounts(new Set(['cgroup2']))[0]?.path;

/**
 * Parses /proc/PID/cgroup. Returns the names in the cgroup v2 path, from the root down: `['user.slice', …]`; empty for
 * the root group. Undefined if there is no such line, and for a group outside of this process's cgroup namespace.
 */
export function parseCgroup(text: string): string[] | undefined {
  // `0::/user.slice/…`
  const path = /^0::\/(.*)$/m.exec(text)?.[1];
  const names = path?.split('/').filter((name) => name !== '');
  return names?.includes('..') === true ? undefined : names;
}

/** The cgroup v2 path of this process. */
export const ownCgroup = (): string[] | undefined => parseCgroup(readText('/proc/self/cgroup', 'utf8') ?? '');

/**
 * Reads the controllers that a group has (`controllers`), or those that it enables for its child groups
 * (`subtree_control`).
 * @param group its directory
 * @throws ErrnoException
 */
export const cgroupControllers = (group: string, file: 'controllers' | 'subtree_control'): string[] =>
  parseControllers(readFileSync(`${group}/cgroup.${file}`, 'utf8'));

export const parseControllers = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');
