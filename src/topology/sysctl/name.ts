import { FormatError } from '../../format/index.ts';

/**
 * Checks a sysctl's name as sysctl(8) writes it: with dots, `/` standing for a dot inside a component
 * (`net.ipv4.conf.eth0/5.rp_filter`). Only the network's are a namespace's own.
 * @throws FormatError
 */
export function checkSysctlName(name: string): void {
  if (!name.startsWith('net.')) {
    throw new FormatError(`the sysctl "${name}" is not one of a network namespace: those begin with "net."`);
  }
  for (const component of name.split('.')) {
    // The name becomes a path: no component may be empty, nor `.` or `..`, however spelt.
    if (!/^[A-Za-z0-9_@+/-]+$/.test(component) || /^\/+$/.test(component)) {
      throw new FormatError(`"${name}" is not a sysctl's name, such as net.ipv4.conf.all.rp_filter`);
    }
  }
}
