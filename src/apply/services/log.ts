import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { PRIVATE_MODE, writeOwn } from '../../base/index.ts';
import { SERVICE_FILES } from '../../observe/index.ts';

/** A log that is larger, in bytes, is put aside when a command passes by. */
const LOG_LIMIT = 4 * 1024 ** 2;
/** How much of one is put aside, in bytes. */
const MOST_KEPT = 16 * 1024 ** 2;
/** Where its last lines are looked for, in bytes from the end. */
const LAST_LINES = 64 * 1024;

/** The files of a service's log, oldest first, whether or not they are there. */
export const logFiles = (folder: string): string[] => [`${logOf(folder)}.2`, `${logOf(folder)}.1`, logOf(folder)];

const logOf = (folder: string): string => `${folder}/${SERVICE_FILES.log}`;

/** Puts a log aside, so that the next one begins with what comes now. */
export function rotateLog(folder: string): void {
  const [oldest, older, log] = logFiles(folder) as [string, string, string];
  if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) === 0) return;
  if (existsSync(older)) renameSync(older, oldest);
  renameSync(log, older);
}

/**
 * Puts what is in a large log aside, and leaves the file to who writes to it: programs write at its end (O_APPEND), which
 * is its beginning then. What is written between copying and emptying it is lost, and of what has become very large before
 * anybody passed by all but the end.
 */
export function rotateLargeLog(folder: string): void {
  const [oldest, older, log] = logFiles(folder) as [string, string, string];
  if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) < LOG_LIMIT) return;
  if (existsSync(older)) renameSync(older, oldest);
  try {
    writeOwn(older, endOf(log, MOST_KEPT), PRIVATE_MODE);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    // It has filled the lab's file system, and must not keep anybody from changing the lab.
    rmSync(older, { force: true });
  }
  truncateSync(log);
}

/** The last bytes of a file, at most `most`; none when there is no such file. */
function endOf(path: string, most: number): Buffer {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
  try {
    const { size } = fstatSync(fd);
    const buffer = Buffer.alloc(Math.min(size, most));
    return buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, size - buffer.length));
  } finally {
    closeSync(fd);
  }
}

/** What a log holds, of a very large one the end. */
export const wholeLog = (folder: string): string => endOf(logOf(folder), MOST_KEPT).toString('utf8');

/** The last lines of a log. */
export function lastLines(path: string, count: number): string[] {
  const end = endOf(path, LAST_LINES);
  const lines = end.toString('utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  // The first may be the end of one that began before.
  if (end.length === LAST_LINES && lines.length > 1) lines.shift();
  return lines.slice(-count);
}
