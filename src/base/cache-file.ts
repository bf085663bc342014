import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';

/*
 * Files that a program keeps for its next run, and can do without: it does not fail when one cannot be read or written.
 */

/** What is kept; undefined where nothing is, or no more than a header of `headerSize` bytes. */
export function readCache(path: string, headerSize: number): Buffer | undefined {
  try {
    const data = readFileSync(path);
    return data.length > headerSize ? data : undefined;
  } catch {
    return undefined;
  }
}

/** Writes a file that is there whole or not at all, and on the disk before anybody finds it; nothing where it cannot be. */
export function writeCache(path: string, parts: readonly Uint8Array[]): void {
  const unfinished = `${path}.${process.pid}`;
  try {
    const fd = openSync(unfinished, 'wx', 0o644);
    try {
      for (const part of parts) writeSync(fd, part);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(unfinished, path);
  } catch {
    // A folder that cannot be written to, or a disk that is full.
    rmSync(unfinished, { force: true });
  }
}
