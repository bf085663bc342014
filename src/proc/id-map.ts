import { readFileSync } from 'node:fs';
import { readText } from './read.ts';

/** GID_T_MAX of linux/ping.h. */
const MAX_GROUP = 0x7fffffff;
/** All ids but the one that means none. */
const ALL_IDS = 0xffffffff;

/** A range of ids that a user namespace has: user_namespaces(7). */
export interface IdRange {
  readonly first: number;
  /** The first of those in the user namespace around it that they are. */
  readonly outside: number;
  readonly count: number;
}

/** Reads a uid_map or gid_map, whose columns are as wide as the longest number; what is no range is passed over. */
export const parseIdMap = (text: string): IdRange[] =>
  text.split('\n').flatMap((line): IdRange[] => {
    const [, first, outside, count] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s*$/.exec(line) ?? [];
    return count === undefined ? [] : [{ first: Number(first), outside: Number(outside), count: Number(count) }];
  });

/** The ids that this process's user namespace has: /proc/self/uid_map or gid_map. @throws ErrnoException */
export const idRanges = (map: 'uid_map' | 'gid_map'): IdRange[] =>
  parseIdMap(readFileSync(`/proc/self/${map}`, 'latin1'));

/** The last of the groups that follow on group 0: a range with others in it is none that the kernel takes. */
export function lastGroup(): number {
  const range = idRanges('gid_map').find(({ first }) => first === 0);
  return Math.min(MAX_GROUP, (range?.count ?? 1) - 1);
}

/** Whether user ids here are those of the whole machine; taken for so where that cannot be read. */
export function inInitialUserNamespace(): boolean {
  const text = readText('/proc/self/uid_map');
  return text === undefined || isInitial(parseIdMap(text));
}

/** Whether a map is the one of the user namespace that the machine was started with. */
export const isInitial = ([range, ...others]: readonly IdRange[]): boolean =>
  others.length === 0 && range?.first === 0 && range.outside === 0 && range.count === ALL_IDS;
