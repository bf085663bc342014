import { sysctlPath } from '../base/index.ts';
import { existsSync, readFileSync } from 'node:fs';
import { readText } from './read.ts';

/** The kernel's version as it names itself: `6.1.0-18-amd64`. */
export const kernelRelease = (): string => (readText(sysctlPath('kernel.osrelease')) ?? '').trim();

/** Whether the kernel is at least `major.minor`. */
export const kernelIsAtLeast = (major: number, minor: number): boolean => isAtLeast(kernelRelease(), major, minor);

/** Whether a version is at least `major.minor`. */
export function isAtLeast(release: string, major: number, minor: number): boolean {
  const [a = 0, b = 0] = release.split(/[.-]/).map(Number);
  return a > major || (a === major && b >= minor);
}

/** Whether the kernel runs with IPv6: it may have been built, or booted (`ipv6.disable=1`), without. */
export const kernelHasIpv6 = (): boolean => existsSync('/proc/sys/net/ipv6');

/** The highest capability that the kernel knows: capabilities(7). @throws ErrnoException */
export const lastCapability = (): number => Number(readFileSync(sysctlPath('kernel.cap_last_cap'), 'latin1'));
