import { HOST_NAMES } from './files.ts';
import { LOCALHOST, OWN_NAMES } from './hosts-file.ts';
import type { HostsInput } from './schema.ts';

type Hosts = { readonly hosts?: HostsInput };

/** The key `hosts` of a topology, from the hosts file of the lab's own namespace. */
export function readBackHosts(text = '', lab: string, nodes: ReadonlySet<string>): Hosts {
  const shared = text.split(HOST_NAMES, 1)[0]!.split(OWN_NAMES, 1)[0]!;
  return parseHosts(shared.replace(LOCALHOST, ''), (first, second) =>
    second === `${first}.${lab}` && nodes.has(first) ? first : undefined,
  );
}

/** The key `hosts` of a node, from its hosts file. */
export function readBackOwnHosts(text = ''): Hosts {
  const [, own = ''] = text.split(HOST_NAMES, 1)[0]!.split(OWN_NAMES);
  return parseHosts(own, () => undefined);
}

/**
 * Parses lines of a hosts file.
 * @param nodeOf returns the node that a line belongs to, by its first two names
 */
function parseHosts(text: string, nodeOf: (first: string, second: string | undefined) => string | undefined): Hosts {
  const hosts = new Map<string, Set<string>>();
  for (const line of text.split('\n')) {
    const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (address === undefined || names.length === 0) continue;
    const node = nodeOf(names[0]!, names[1]);
    for (const name of node === undefined ? names : names.slice(2)) {
      const targets = hosts.get(name) ?? new Set();
      hosts.set(name, targets.add(node ?? address));
    }
  }
  if (hosts.size === 0) return {};
  return {
    hosts: Object.fromEntries(
      [...hosts].map(([name, targets]) => [name, targets.size === 1 ? [...targets][0]! : [...targets]]),
    ),
  };
}
