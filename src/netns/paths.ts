import { existsSync } from 'node:fs';
import { UsageError, makeOwnFolder } from '../base/index.ts';
import { explainUnwritable } from '../proc/index.ts';
import { nodeOf, type NamespaceName } from '../state/index.ts';

/** Where `ip netns` and every tool like it looks for named network namespaces. */
export const NETNS_DIRECTORY = '/run/netns';

/** Where `ip netns exec` looks for files to put over /etc: `/etc/netns/NAME/hosts`. */
export const NETNS_ETC_DIRECTORY = '/etc/netns';

/** Netwright's own folder: one entry a lab. Gone after a reboot, as the namespaces are. */
export const RUN_DIRECTORY = '/run/netwright';

/** Whether a name is one that Netwright gives: none of them could leave the folder it is used in. */
export const isName = (name: string): boolean =>
  typeof name === 'string' && /^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/.test(name);

/** Gives a name back. @throws UsageError when it could leave the folder it is used in */
export function checkName(name: string): string {
  if (!isName(name)) throw new UsageError(`invalid namespace name "${name}"`);
  return name;
}

/** Makes one of the folders above. @throws CapabilityError where that may not be written to */
export function makeDirectory(path: string): void {
  if (!existsSync(path)) explainUnwritable(path, () => makeOwnFolder(path));
}

/** Where a namespace is found by name. @throws UsageError when the name could leave the folder */
export const namespacePath = (name: string): string => `${NETNS_DIRECTORY}/${checkName(name)}`;

/** What programs in a namespace have for a host name: the node's, or the lab's in the namespace of its bridges. */
export const hostNameOf = (namespace: NamespaceName): string => nodeOf(namespace) ?? namespace;
