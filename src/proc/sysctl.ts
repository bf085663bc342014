import { sysctlPath } from '../base/index.ts';
import { closeSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { explainUnwritable } from './unwritable.ts';

/** The value of a sysctl, tabs as spaces; undefined if it does not exist, has no value or may not be read. */
export function readSysctl(key: string): string | undefined {
  try {
    return readShort(sysctlPath(key)).trim().replaceAll('\t', ' ');
  } catch (error) {
    if (WITHOUT_VALUE.has((error as NodeJS.ErrnoException).code)) return undefined;
    throw error;
  }
}

/** The value of a numeric sysctl; undefined as for {@link readSysctl}. */
export function numericSysctl(key: string): number | undefined {
  const value = readSysctl(key);
  return value === undefined || value === '' ? undefined : Number(value);
}

/** Writes a sysctl, in the network namespace of the calling thread. @throws CapabilityError; ErrnoException */
export function writeSysctl(key: string, value: string): void {
  const path = sysctlPath(key);
  explainUnwritable(path, () => writeFileSync(path, value));
}

/** The sysctl does not exist, may not be read, or has no value yet (`stable_secret`: EIO). */
const WITHOUT_VALUE = new Set<string | undefined>(['ENOENT', 'EACCES', 'ENOTDIR', 'EIO']);

const buffer = Buffer.alloc(256);

/** Takes half the time of `readFileSync` for short files: a lab has one or more such files for each node. */
function readShort(path: string): string {
  const fd = openSync(path, 'r');
  try {
    const length = readSync(fd, buffer, 0, buffer.length, 0);
    return length < buffer.length ? buffer.toString('latin1', 0, length) : readFileSync(path, 'latin1');
  } finally {
    closeSync(fd);
  }
}
