import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { libc, MS_BIND } from '../../ffi/index.ts';
import type { NamespaceName } from '../../state/index.ts';
import { closeNodeNamespaces, openNodeNamespaces, spawnIn, withinMounts } from '../../netns/index.ts';

/**
 * Starts a program in the network, mount and UTS namespace of a node.
 * @param mark a file to bind-mount over itself, in a mount namespace of only the program and its child processes
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
