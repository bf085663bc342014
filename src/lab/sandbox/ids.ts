import { readFileSync } from 'node:fs';
import { CapabilityError } from '../../base/error.ts';

/** GID_T_MAX of linux/ping.h. */
const MAX_GROUP = 0x7fffffff;

/** A range of ids that the user namespace of this process has: user_namespaces(7). */
interface Range {
  readonly first: number;
  readonly count: number;
}

const rangesOf = (map: 'uid_map' | 'gid_map'): Range[] =>
  [...readFileSync(`/proc/self/${map}`, 'latin1').matchAll(/^\s*(\d+)\s+\d+\s+(\d+)$/gm)].map(([, first, count]) => ({
    first: Number(first),
    count: Number(count),
  }));

/** The last of the groups that follow on group 0: a range with others in it is none that the kernel takes. */
export function lastGroup(): number {
  const range = rangesOf('gid_map').find(({ first }) => first === 0);
  return Math.min(MAX_GROUP, (range?.count ?? 1) - 1);
}

/** Whether this user namespace has a group of that number. */
export const hasGroup = (id: number): boolean =>
  rangesOf('gid_map').some(({ first, count }) => first <= id && id < first + count);

/** @throws CapabilityError when a program cannot run as these, since this user namespace has no such ids */
export function requireIds(uid: number | undefined, gid: number | undefined): void {
  for (const [what, id, map, file] of [
    ['user', uid, 'uid_map', '/etc/subuid'],
    ['group', gid, 'gid_map', '/etc/subgid'],
  ] as const) {
    if (id === undefined || rangesOf(map).some(({ first, count }) => first <= id && id < first + count)) continue;
    throw new CapabilityError(
      `the command cannot run as ${what} ${id}: there is none of that number in this user namespace`,
      `without root they are as many as ${file} sets aside for you (usermod --add-subuids, --add-subgids); see docs/rootless.md`,
    );
  }
}
