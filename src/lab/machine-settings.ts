import { CapabilityError } from '../base/error.ts';
import { HOST, type NetworkState } from '../model/index.ts';
import { excursion } from '../netns/index.ts';
import { readSysctl, writeSysctl } from '../state/index.ts';

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
      if (outside === undefined || outside === value || !changesOutside(key, value, outside)) continue;
      throw new CapabilityError(
        `${key} is one setting of the whole machine: to make it ${value} in ${name} would change it outside, where it is ${outside}`,
        'take it out of the topology\'s "sysctls"',
      );
    }
  }
}

function changesOutside(key: string, value: string, outside: string): boolean {
  const isOwn = excursion((thread) => {
    thread.create();
    if (readSysctl(key) !== outside) return true;
    if (LATCHES.has(key)) return false;
    try {
      writeSysctl(key, `${value}\n`);
    } catch {
      // Whoever sets it in the node will tell.
      return true;
    }
    return undefined;
  });
  if (isOwn !== undefined) return !isOwn;
  if (readSysctl(key) === outside) return false;
  writeSysctl(key, `${outside}\n`);
  return true;
}
