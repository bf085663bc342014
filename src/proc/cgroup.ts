import { readFileSync } from 'node:fs';
import { reachableMounts } from './mountinfo.ts';
import { readText } from './read.ts';

/** Where version 2 of control groups is mounted (cgroups(7)); undefined where it is not. */
export const cgroupMount = (): string | undefined => reachableMounts(new Set(['cgroup2']))[0]?.path;

/**
 * The group of version 2 that the text of /proc/PID/cgroup names, from the root down: `['user.slice', …]`, none for the root
 * itself. Undefined where there is no such line, and for a group outside of what this process sees.
 */
export function parseCgroup(text: string): string[] | undefined {
  // `0::/user.slice/…`
  const path = /^0::\/(.*)$/m.exec(text)?.[1];
  const names = path?.split('/').filter((name) => name !== '');
  return names?.includes('..') === true ? undefined : names;
}

/** The group of version 2 that this process is in. */
export const ownCgroup = (): string[] | undefined => parseCgroup(readText('/proc/self/cgroup', 'utf8') ?? '');

/**
 * The controllers that a group has, or those that it passes on to the groups in it.
 * @param group its folder
 * @throws ErrnoException
 */
export const cgroupControllers = (group: string, file: 'controllers' | 'subtree_control'): string[] =>
  parseControllers(readFileSync(`${group}/cgroup.${file}`, 'utf8'));

export const parseControllers = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');
