import { idRanges } from '../proc/index.ts';
import { CapabilityError } from '../base/index.ts';

const hasId = (map: 'uid_map' | 'gid_map', id: number): boolean =>
  idRanges(map).some(({ first, count }) => first <= id && id < first + count);

/** True if a group id is mapped in this user namespace. */
export const hasGroup = (id: number): boolean => hasId('gid_map', id);

/**
 * @throws CapabilityError if a program cannot run with these ids, because they are not mapped in this user namespace
 */
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
