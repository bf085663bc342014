import { existsSync } from 'node:fs';
import { UsageError, makeOwnFolder } from '../base/index.ts';
import { explainUnwritable } from '../proc/index.ts';
import { nodeOf, type NamespaceName } from '../state/index.ts';

/** The directory of named network namespaces, as for ip-netns(8). */
export const NETNS_DIRECTORY = '/run/netns';

/** The directory of files that `ip netns exec` mounts over /etc: `/etc/netns/NAME/hosts`. */
export const NETNS_ETC_DIRECTORY = '/etc/netns';

/** Netwright's directory, with one entry for each lab. It is empty after a reboot, as are the namespaces. */
export const RUN_DIRECTORY = '/run/netwright';

/** True if a name is valid for a namespace: no valid name can leave the directory in which it is used. */
export const isName = (name: string): boolean =>
  typeof name === 'string' && /^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/.test(name);

/** Returns a valid name. @throws UsageError if the name could leave the directory in which it is used */
export function checkName(name: string): string {
  if (!isName(name)) throw new UsageError(`invalid namespace name "${name}"`);
  return name;
}

/** Creates one of the directories above. @throws CapabilityError if it cannot be written */
export function makeDirectory(path: string): void {
  if (!existsSync(path)) explainUnwritable(path, () => makeOwnFolder(path));
}

/** The path of a namespace under /run/netns. @throws UsageError if the name could leave the directory */
export const namespacePath = (name: string): string => `${NETNS_DIRECTORY}/${checkName(name)}`;

/** The host name of programs in a namespace: the node's name, or the namespace's name where the lab's bridges are. */
export const hostNameOf = (namespace: NamespaceName): string => nodeOf(namespace) ?? namespace;
