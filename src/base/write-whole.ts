import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';

/** Writes a file that is there whole or not at all, and on the disk before anybody finds it; nothing where it cannot be. */
export function writeWhole(path: string, parts: readonly Uint8Array[]): void {
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
