import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';

/*
 * Cache files, which a program keeps for its next run. A cache that cannot be read or written is not an error.
 */

/**
 * The content of a cache file; undefined if there is none, or if it is not longer than its header of `headerSize`
 * bytes.
 */
export function readCache(path: string, headerSize: number): Buffer | undefined {
  try {
    const data = readFileSync(path);
    return data.length > headerSize ? data : undefined;
  } catch {
    return undefined;
  }
}

/** Writes a cache file atomically: written to another file, flushed to disk, then renamed. Ignores errors. */
export function writeCache(path: string, parts: readonly Uint8Array[]): void {
  const temporary = `${path}.${process.pid}`;
  try {
    const fd = openSync(temporary, 'wx', 0o644);
    try {
      for (const part of parts) writeSync(fd, part);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
  } catch {
    // The folder is not writable, or the disk is full.
    rmSync(temporary, { force: true });
  }
}
