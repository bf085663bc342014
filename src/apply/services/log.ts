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

/** The size in bytes at which any Netwright command rotates a log. */
const LOG_LIMIT = 4 * 1024 ** 2;
/** The maximum number of bytes to keep of a rotated log. */
const MAX_KEPT = 16 * 1024 ** 2;
/** The maximum number of bytes to read for the last lines of a log. */
const MAX_LAST_LINES = 64 * 1024;

/** The paths of a service's log files, oldest first. The files need not exist. */
export const logFiles = (folder: string): string[] => [`${logOf(folder)}.2`, `${logOf(folder)}.1`, logOf(folder)];

const logOf = (folder: string): string => `${folder}/${SERVICE_FILES.log}`;

/** Rotates a log by renaming, so that the next run of the service starts with an empty log. */
export function rotateLog(folder: string): void {
  const [oldest, older, log] = logFiles(folder) as [string, string, string];
  if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) === 0) return;
  if (existsSync(older)) renameSync(older, oldest);
  renameSync(log, older);
}

/**
 * Rotates a large log while a program writes to it: copies it and truncates the file. The program has opened it with
 * O_APPEND, so it continues at the beginning. Output between copying and truncation is lost. Of a log larger than 16
 * MiB, only the end is kept.
 */
export function rotateLargeLog(folder: string): void {
  const [oldest, older, log] = logFiles(folder) as [string, string, string];
  if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) < LOG_LIMIT) return;
  if (existsSync(older)) renameSync(older, oldest);
  try {
    writeOwn(older, endOf(log, MAX_KEPT), PRIVATE_MODE);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    // The log has filled the lab's file system, which must not prevent changes to the lab.
    rmSync(older, { force: true });
  }
  truncateSync(log);
}

/** The last `max` bytes of a file; empty if the file does not exist. */
function endOf(path: string, max: number): Buffer {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
  try {
    const { size } = fstatSync(fd);
    const buffer = Buffer.alloc(Math.min(size, max));
    return buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, size - buffer.length));
  } finally {
    closeSync(fd);
  }
}

/** The text of a log; the last 16 MiB if it is larger. */
export const wholeLog = (folder: string): string => endOf(logOf(folder), MAX_KEPT).toString('utf8');

/** The last lines of a log. */
export function lastLines(path: string, count: number): string[] {
  const end = endOf(path, MAX_LAST_LINES);
  const lines = end.toString('utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  // The first line can be incomplete.
  if (end.length === MAX_LAST_LINES && lines.length > 1) lines.shift();
  return lines.slice(-count);
}
