import { writeFileSync } from 'node:fs';
import { CapabilityError, sysctlPath } from '../base/index.ts';
import { HOST, type NetworkState } from '../state/index.ts';
import { visitNamespaces } from '../netns/index.ts';
import { readSysctl, writeSysctl } from '../proc/index.ts';

/** Settings that each namespace has for itself on every kernel. */
const OWN = /^net\.(ipv[46]\.(conf|neigh)\.|ipv4\.ip_forward$|netfilter\.nf_conntrack_\w*timeout)/;

/** Settings of the whole machine that stay on once they are: these cannot be tried. */
const LATCHES: ReadonlySet<string> = new Set(['net.netfilter.nf_hooks_lwtunnel']);

/**
 * Refuses settings of nodes that are the whole machine's, though each namespace lists them: the kernel makes those
 * read-only that it can tell (since Linux 5.13), and does not tell which it cannot. One that has the same value in a new
 * namespace as outside is tried in such a namespace, and put back at once where it has changed outside.
 * @throws CapabilityError for one that would change outside of the lab
 */
export function refuseMachineSettings({ namespaces }: NetworkState): void {
  const tried = new Set<string>();
  for (const [name, { sysctls }] of Object.entries(namespaces)) {
    if (name === HOST) continue;
    for (const [key, value] of Object.entries(sysctls)) {
      if (OWN.test(key) || tried.has(`${key} ${value}`)) continue;
      tried.add(`${key} ${value}`);
      const outside = readSysctl(key);
      if (outside === undefined || outside === value) continue;
      const owner = ownerOf(key, value, outside);
      if (owner === 'node') continue;
      throw new CapabilityError(
        `${key} is a global setting of the machine: ${
          owner === 'shared'
            ? `setting it to ${value} in ${name} would change it on the host, where it is ${outside}`
            : `in ${name} it is read-only and has the host's value ${outside}; it cannot be set to ${value}`
        }`,
        'remove it from "sysctls" in the topology',
      );
    }
  }
}

/** Whose a setting is: each node's own, or the machine's, which nodes change or only read. */
function ownerOf(key: string, value: string, outside: string): 'node' | 'shared' | 'machine' {
  const owner = visitNamespaces((thread) => {
    thread.create();
    if (readSysctl(key) !== outside) return 'node';
    if (LATCHES.has(key)) return 'shared';
    try {
      writeFileSync(sysctlPath(key), `${value}\n`);
    } catch (error) {
      // Of anything else whoever sets it in the node will tell.
      return (error as NodeJS.ErrnoException).code === 'EACCES' ? 'machine' : 'node';
    }
    return undefined;
  });
  if (owner !== undefined) return owner;
  if (readSysctl(key) === outside) return 'node';
  writeSysctl(key, `${outside}\n`);
  return 'shared';
}
