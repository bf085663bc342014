import { FormatError } from '../../format/index.ts';

/**
 * Checks the name of a sysctl as sysctl(8) writes it: with dots between components, and `/` for a dot inside a
 * component (`net.ipv4.conf.eth0/5.rp_filter`). Only sysctls below `net` belong to a network namespace.
 * @throws FormatError
 */
export function checkSysctlName(name: string): void {
  if (!name.startsWith('net.')) {
    throw new FormatError(`the sysctl "${name}" is not one of a network namespace: those begin with "net."`);
  }
  for (const component of name.split('.')) {
    // The name becomes a path below /proc/sys: no component may be empty, `.` or `..`, not even with `/` for dots.
    if (!/^[A-Za-z0-9_@+/-]+$/.test(component) || /^\/+$/.test(component)) {
      throw new FormatError(`"${name}" is not a sysctl's name, such as net.ipv4.conf.all.rp_filter`);
    }
  }
}
