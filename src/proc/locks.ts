import { statSync } from 'node:fs';
import { descriptorsOf, descriptorTarget } from './descriptors.ts';
import { majorOf, minorOf } from './device-number.ts';
import { processIds } from './processes.ts';
import { readText } from './read.ts';

/** What of stat(2) tells a file from all others. */
interface FileId {
  readonly dev: number;
  readonly ino: number;
}

/** Whether /proc/locks (proc_locks(5)) has a lock of flock(2) on a file; who only waits for one has none. */
export function hasFlock(text: string, { dev, ino }: FileId): boolean {
  // `1: FLOCK  ADVISORY  WRITE 4711 00:1b:2222 0 EOF`, and of one who waits `1: -> FLOCK …`.
  const place = ` ${hex(majorOf(dev))}:${hex(minorOf(dev))}:${ino} `;
  return text.split('\n').some((line) => /^\d+: FLOCK /.test(line) && line.includes(place));
}

const hex = (number: number): string => number.toString(16).padStart(2, '0');

/**
 * Whether a process has a file locked by flock(2), this one included. Reads only: nobody is kept from taking the lock by being
 * asked. Locks of processes in another PID namespace than this one's are not seen.
 */
export function isFlocked(path: string): boolean {
  const file = statSync(path, { throwIfNoEntry: false });
  return file !== undefined && hasFlock(readText('/proc/locks') ?? '', file);
}

/** The processes of this user, this one left out, that have a file open and a lock on it (proc_pid_fdinfo(5)). */
export const lockersOf = (path: string): number[] =>
  processIds().filter(
    (pid) =>
      pid !== process.pid &&
      descriptorsOf(pid).some((fd) => descriptorTarget(pid, fd) === path && hasLock(fdinfoOf(pid, fd))),
  );

const fdinfoOf = (pid: number, fd: number): string => readText(`/proc/${pid}/fdinfo/${fd}`) ?? '';

/** Whether the text of /proc/PID/fdinfo/FD has a lock. */
export const hasLock = (text: string): boolean => /^lock:/m.test(text);
