import { readFileSync } from 'node:fs';
import { readText } from './read.ts';

/** GID_T_MAX of linux/ping.h. */
const MAX_GROUP = 0x7fffffff;
/** The number of ids: all but (uid_t) -1, which is invalid. */
const ALL_IDS = 0xffffffff;

/** A line of a uid_map or gid_map: user_namespaces(7). */
export interface IdRange {
  /** The first id in the user namespace. */
  readonly first: number;
  /** The id in the parent user namespace to which `first` is mapped. */
  readonly outside: number;
  readonly count: number;
}

/** Parses a uid_map or gid_map, whose columns are padded. Invalid lines are ignored. */
export const parseIdMap = (text: string): IdRange[] =>
  text.split('\n').flatMap((line): IdRange[] => {
    const [, first, outside, count] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s*$/.exec(line) ?? [];
    return count === undefined ? [] : [{ first: Number(first), outside: Number(outside), count: Number(count) }];
  });

/** Reads the mappings of this process's user namespace: /proc/self/uid_map or gid_map. @throws ErrnoException */
export const idRanges = (map: 'uid_map' | 'gid_map'): IdRange[] =>
  parseIdMap(readFileSync(`/proc/self/${map}`, 'latin1'));

/** The last group of the range that begins at group 0: the kernel refuses a ping_group_range with unmapped groups. */
export function lastGroup(): number {
  const range = idRanges('gid_map').find(({ first }) => first === 0);
  return Math.min(MAX_GROUP, (range?.count ?? 1) - 1);
}

/** True if this process is in the initial user namespace, or if that cannot be read. */
export function inInitialUserNamespace(): boolean {
  const text = readText('/proc/self/uid_map');
  return text === undefined || isInitial(parseIdMap(text));
}

/** True if a map is that of the initial user namespace. */
export const isInitial = ([range, ...others]: readonly IdRange[]): boolean =>
  others.length === 0 && range?.first === 0 && range.outside === 0 && range.count === ALL_IDS;
