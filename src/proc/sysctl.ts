import { sysctlPath } from '../base/index.ts';
import { closeSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { explainUnwritable } from './unwritable.ts';

/** The value of a setting, or undefined when this kernel has none of that name. */
export function readSysctl(key: string): string | undefined {
  try {
    return readShort(sysctlPath(key)).trim().replaceAll('\t', ' ');
  } catch (error) {
    if (NONE.has((error as NodeJS.ErrnoException).code)) return undefined;
    throw error;
  }
}

/** A setting that is a number, or undefined when this kernel has none of that name. */
export function numericSysctl(key: string): number | undefined {
  const value = readSysctl(key);
  return value === undefined || value === '' ? undefined : Number(value);
}

/** Sets a setting, in the network namespace that the calling thread is in. @throws CapabilityError; ErrnoException */
export function writeSysctl(key: string, value: string): void {
  const path = sysctlPath(key);
  explainUnwritable(path, () => writeFileSync(path, value));
}

/** There is none, nobody may read it, or it has no value yet (`stable_secret`). */
const NONE = new Set<string | undefined>(['ENOENT', 'EACCES', 'ENOTDIR', 'EIO']);

const buffer = Buffer.alloc(256);

/** In half the time that `readFileSync` takes, for what is short: a lab has one such file for each node, or more. */
function readShort(path: string): string {
  const fd = openSync(path, 'r');
  try {
    const length = readSync(fd, buffer, 0, buffer.length, 0);
    return length < buffer.length ? buffer.toString('latin1', 0, length) : readFileSync(path, 'latin1');
  } finally {
    closeSync(fd);
  }
}
