import { sysctlPath } from '../base/index.ts';
import { existsSync, readFileSync } from 'node:fs';
import { readText } from './read.ts';

/** The kernel release, as uname(1) prints it: `6.1.0-18-amd64`. */
export const kernelRelease = (): string => (readText(sysctlPath('kernel.osrelease')) ?? '').trim();

/** True if the kernel is version `major.minor` or later. */
export const kernelIsAtLeast = (major: number, minor: number): boolean => isAtLeast(kernelRelease(), major, minor);

/** True if a release is version `major.minor` or later. */
export function isAtLeast(release: string, major: number, minor: number): boolean {
  const [a = 0, b = 0] = release.split(/[.-]/).map(Number);
  return a > major || (a === major && b >= minor);
}

/** True if the kernel has IPv6: it can be built without it, or booted with `ipv6.disable=1`. */
export const kernelHasIpv6 = (): boolean => existsSync('/proc/sys/net/ipv6');

/** The highest capability number of the kernel: capabilities(7). @throws ErrnoException */
export const lastCapability = (): number => Number(readFileSync(sysctlPath('kernel.cap_last_cap'), 'latin1'));
