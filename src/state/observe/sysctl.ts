import { readFileSync } from 'node:fs';

/**
 * The file of a setting, in sysctl(8)'s spelling: dots between components, and a slash for a dot inside one, as in
 * `net.ipv4.conf.eth0/100.rp_filter`. `/proc/sys/net` is that of the calling thread's network namespace.
 */
export const sysctlPath = (key: string): string => `/proc/sys/${key.replace(/[./]/g, (c) => (c === '.' ? '/' : '.'))}`;

/** The value of a setting, or undefined when this kernel has none of that name. */
export function readSysctl(key: string): string | undefined {
  try {
    return readFileSync(sysctlPath(key), 'latin1').trim().replaceAll('\t', ' ');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EACCES' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
