import {
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { SERVICE_FILES } from '../../state/index.ts';

/** A log that is larger, in bytes, is put aside when a command passes by. */
const LOG_LIMIT = 4 * 1024 ** 2;

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
 * is its beginning then. What is written between copying and emptying it is lost.
 */
export function rotateLargeLog(folder: string): void {
  const [oldest, older, log] = logFiles(folder) as [string, string, string];
  if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) < LOG_LIMIT) return;
  if (existsSync(older)) renameSync(older, oldest);
  copyFileSync(log, older);
  truncateSync(log);
}

/** The last lines of a file, at most as many as fit `bytes`; none when there is no such file. */
export function lastLines(path: string, count: number, bytes = 64 * 1024): string[] {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  try {
    const { size } = fstatSync(fd);
    const buffer = Buffer.alloc(Math.min(size, bytes));
    const length = readSync(fd, buffer, 0, buffer.length, size - buffer.length);
    const lines = buffer.toString('utf8', 0, length).split('\n');
    if (lines.at(-1) === '') lines.pop();
    // The first may be the end of one that began before.
    if (size > bytes && lines.length > 1) lines.shift();
    return count === 0 ? [] : lines.slice(-count);
  } finally {
    closeSync(fd);
  }
}
