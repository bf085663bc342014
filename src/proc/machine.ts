import { readFileSync } from 'node:fs';
import { readSysctl } from './sysctl.ts';

/** The text of a file, or undefined when it is not there or not for us. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

/** A setting that is a number, or undefined when this kernel has none of that name. */
export function numericSysctl(key: string): number | undefined {
  const value = readSysctl(key);
  return value === undefined || value === '' ? undefined : Number(value);
}

/** The effective capabilities of this thread, as bits (capabilities(7)). */
export function capabilities(): bigint {
  const match = /^CapEff:\s*([0-9a-f]+)$/m.exec(readText('/proc/thread-self/status') ?? '');
  return BigInt(`0x${match?.[1] ?? '0'}`);
}

/** Whether user ids here are those of the whole machine (user_namespaces(7)). */
export const inInitialUserNamespace = (): boolean =>
  /^\s*0\s+0\s+4294967295\s*$/.test(readText('/proc/self/uid_map') ?? '0 0 4294967295');

/** The kernel's version as it names itself: `6.1.0-18-amd64`. */
export const kernelRelease = (): string => (readText('/proc/sys/kernel/osrelease') ?? '').trim();

/** Whether the kernel is at least `major.minor`. */
export function kernelIsAtLeast(major: number, minor: number): boolean {
  const [a = 0, b = 0] = kernelRelease().split(/[.-]/).map(Number);
  return a > major || (a === major && b >= minor);
}

export const isRoot = (): boolean => process.geteuid?.() === 0;
