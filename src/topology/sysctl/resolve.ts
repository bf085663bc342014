import { familyOf } from '../../addr/index.ts';
import type { Issues } from '../../format/index.ts';
import { IP_FORWARD, IPV4_FORWARDING_OF_ALL, IPV6_FORWARDING } from '../../state/index.ts';
import type { WiredNode } from '../wiring/index.ts';
import { interfaceCount, ipv6SwitchedOffBy, type Settings } from './compile.ts';

/** The key `sysctls` of a node. Conflicts with other keys go to `issues`, or to `warnings` if they can be intended. */
export function resolveSysctls(
  node: WiredNode,
  input: Readonly<Record<string, string | number>>,
  issues: Issues,
  warnings: string[],
): Settings {
  const sysctls = Object.fromEntries(Object.entries(input).map(([name, value]) => [name, String(value)]));
  for (const [name, value] of Object.entries(sysctls)) {
    const path = [...node.path, 'sysctls', name];
    if (value === '1' && /^net\.ipv4\.conf\.[^.]+\.rp_filter$/.test(name) && interfaceCount(node) > 1) {
      const message = `strict source validation on "${node.name}", which has several interfaces, drops packets on asymmetric routes: 2 is loose, 0 is off`;
      warnings.push(issues.locate(path, message));
    }
    if (value === '0' && [IP_FORWARD, IPV4_FORWARDING_OF_ALL, IPV6_FORWARDING].includes(name) && node.forward) {
      warnings.push(issues.locate(path, `"${node.name}" has "forward: true", which this sysctl disables`));
    }
  }
  for (const { name, addresses } of node.interfaces) {
    const off = ipv6SwitchedOffBy(sysctls, name);
    const address = addresses.find((candidate) => familyOf(candidate) === 6);
    if (off !== undefined && address !== undefined)
      issues.add(
        [...node.path, 'sysctls', off],
        `IPv6 is disabled on ${name} of "${node.name}", which has the address ${address}`,
      );
  }
  return sysctls;
}
