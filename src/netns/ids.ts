import { readFileSync } from 'node:fs';

/** GID_T_MAX of linux/ping.h. */
const MAX_GROUP = 0x7fffffff;

/** A range of ids that the user namespace of this process has: user_namespaces(7). */
export interface IdRange {
  readonly first: number;
  readonly count: number;
}

/** The ids that this process's user namespace has: /proc/self/uid_map or gid_map. @throws ErrnoException */
export const idRanges = (map: 'uid_map' | 'gid_map'): IdRange[] =>
  readFileSync(`/proc/self/${map}`, 'latin1')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      // Its columns are as wide as the longest number.
      const [first, , count] = line.split(' ').filter((word) => word !== '');
      return { first: Number(first), count: Number(count) };
    });

/** The last of the groups that follow on group 0: a range with others in it is none that the kernel takes. */
export function lastGroup(): number {
  const range = idRanges('gid_map').find(({ first }) => first === 0);
  return Math.min(MAX_GROUP, (range?.count ?? 1) - 1);
}
