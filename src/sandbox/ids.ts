import { idRanges } from '../proc/index.ts';
import { CapabilityError } from '../base/index.ts';

const hasId = (map: 'uid_map' | 'gid_map', id: number): boolean =>
  idRanges(map).some(({ first, count }) => first <= id && id < first + count);

/** Whether this user namespace has a group of that number. */
export const hasGroup = (id: number): boolean => hasId('gid_map', id);

/** @throws CapabilityError when a program cannot run as these, since this user namespace has no such ids */
export function requireIds(uid: number | undefined, gid: number | undefined): void {
  for (const [what, id, map, file] of [
    ['user', uid, 'uid_map', '/etc/subuid'],
    ['group', gid, 'gid_map', '/etc/subgid'],
  ] as const) {
    if (id === undefined || hasId(map, id)) continue;
    throw new CapabilityError(
      `the command cannot run as ${what} ${id}: it is not mapped in this user namespace`,
      `without root only the ranges in ${file} are mapped (usermod --add-subuids, --add-subgids); see docs/rootless.md`,
    );
  }
}
