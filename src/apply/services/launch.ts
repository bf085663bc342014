import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { libc, MS_BIND } from '../../ffi/index.ts';
import type { NamespaceName } from '../../state/index.ts';
import { closeNodeNamespaces, openNodeNamespaces, spawnIn, withinMounts } from '../../netns/index.ts';

/**
 * Starts a program in a node, with the mounts and the host name that go with it.
 * @param mark a file to mount over itself, in a mount namespace of the program and its children alone
 */
export function spawnInNode(
  namespace: NamespaceName,
  command: string,
  args: readonly string[],
  options: SpawnOptions,
  mark?: string,
): ChildProcess {
  const nodeNamespaces = openNodeNamespaces(namespace);
  try {
    if (mark !== undefined) withinMounts(nodeNamespaces.mounts, () => libc.mount(mark, mark, null, MS_BIND));
    return spawnIn(nodeNamespaces, command, args, options);
  } finally {
    closeNodeNamespaces(nodeNamespaces);
  }
}
