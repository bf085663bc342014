import { writeFileSync } from 'node:fs';
import { CapabilityError, sysctlPath } from '../base/index.ts';
import { HOST, type NetworkState } from '../state/index.ts';
import { visitNamespaces } from '../netns/index.ts';
import { readSysctl, writeSysctl } from '../proc/index.ts';

/** Sysctls that are per network namespace on every kernel. */
const PER_NAMESPACE = /^net\.(ipv[46]\.(conf|neigh)\.|ipv4\.ip_forward$|netfilter\.nf_conntrack_\w*timeout)/;

/** Global sysctls that cannot be set back to 0, and so cannot be tested. */
const ONE_WAY: ReadonlySet<string> = new Set(['net.netfilter.nf_hooks_lwtunnel']);

/**
 * Refuses sysctls of nodes that are global, although every network namespace lists them. Since Linux 5.13 the kernel
 * makes those read-only in other namespaces that it knows to be global; others can only be found with a test. A sysctl
 * that has the host's value in a new namespace is written there, and restored at once if this has changed it on the
 * host.
 * @throws CapabilityError for a sysctl that would change the host
 */
export function refuseGlobalSysctls({ namespaces }: NetworkState): void {
  const tested = new Set<string>();
  for (const [name, { sysctls }] of Object.entries(namespaces)) {
    if (name === HOST) continue;
    for (const [key, value] of Object.entries(sysctls)) {
      if (PER_NAMESPACE.test(key) || tested.has(`${key} ${value}`)) continue;
      tested.add(`${key} ${value}`);
      const hostValue = readSysctl(key);
      if (hostValue === undefined || hostValue === value) continue;
      const scope = scopeOf(key, value, hostValue);
      if (scope === 'node') continue;
      throw new CapabilityError(
        `${key} is a global setting of the machine: ${
          scope === 'shared'
            ? `setting it to ${value} in ${name} would change it on the host, where it is ${hostValue}`
            : `in ${name} it is read-only and has the host's value ${hostValue}; it cannot be set to ${value}`
        }`,
        'remove it from "sysctls" in the topology',
      );
    }
  }
}

/**
 * The scope of a sysctl: per namespace (`node`), global and writable in nodes (`shared`), or read-only there (`host`).
 */
function scopeOf(key: string, value: string, hostValue: string): 'node' | 'shared' | 'host' {
  const scope = visitNamespaces((thread) => {
    thread.create();
    if (readSysctl(key) !== hostValue) return 'node';
    if (ONE_WAY.has(key)) return 'shared';
    try {
      writeFileSync(sysctlPath(key), `${value}\n`);
    } catch (error) {
      // Any other error is reported when the node's sysctl is set.
      return (error as NodeJS.ErrnoException).code === 'EACCES' ? 'host' : 'node';
    }
    return undefined;
  });
  if (scope !== undefined) return scope;
  if (readSysctl(key) === hostValue) return 'node';
  writeSysctl(key, `${hostValue}\n`);
  return 'shared';
}
