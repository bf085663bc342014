import { statSync } from 'node:fs';
import { descriptorsOf, descriptorTarget } from './descriptors.ts';
import { majorOf, minorOf } from './device-number.ts';
import { processIds } from './processes.ts';
import { readText } from './read.ts';

/** The fields of stat(2) that identify a file. */
interface FileId {
  readonly dev: number;
  readonly ino: number;
}

/** True if the text of /proc/locks (proc_locks(5)) has a flock(2) lock on a file. Waiters do not count. */
export function hasFlock(text: string, { dev, ino }: FileId): boolean {
  // Held: `1: FLOCK  ADVISORY  WRITE 4711 00:1b:2222 0 EOF`. Waiting: `1: -> FLOCK …`.
  const fileField = ` ${hex(majorOf(dev))}:${hex(minorOf(dev))}:${ino} `;
  return text.split('\n').some((line) => /^\d+: FLOCK /.test(line) && line.includes(fileField));
}

const hex = (number: number): string => number.toString(16).padStart(2, '0');

/**
 * True if a process, also this one, has a file locked by flock(2). This only reads, so it never prevents another
 * process from locking. Locks of processes in other PID namespaces are not visible.
 */
export function isFlocked(path: string): boolean {
  const file = statSync(path, { throwIfNoEntry: false });
  return file !== undefined && hasFlock(readText('/proc/locks') ?? '', file);
}

/** The other processes of this user that have a file open and locked (proc_pid_fdinfo(5)). */
export const lockersOf = (path: string): number[] =>
  processIds().filter(
    (pid) =>
      pid !== process.pid &&
      descriptorsOf(pid).some((fd) => descriptorTarget(pid, fd) === path && hasLock(fdinfoOf(pid, fd))),
  );

const fdinfoOf = (pid: number, fd: number): string => readText(`/proc/${pid}/fdinfo/${fd}`) ?? '';

/** True if the text of /proc/PID/fdinfo/FD has a lock. */
export const hasLock = (text: string): boolean => /^lock:/m.test(text);
