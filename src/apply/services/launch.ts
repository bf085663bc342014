import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { libc, MS_BIND } from '../../ffi/index.ts';
import type { NamespaceName } from '../../model/index.ts';
import { makeMounts, openNamespace, spawnIn, within, withinMounts } from '../../netns/index.ts';

/**
 * Starts a program in a node, with the mounts that go with it.
 * @param mark a file to mount over itself, in a mount namespace of the program and its children alone
 */
export function spawnInNode(
  namespace: NamespaceName,
  command: string,
  args: readonly string[],
  options: SpawnOptions,
  mark?: string,
): ChildProcess {
  const net = openNamespace(namespace);
  try {
    const mounts = within(net, () => makeMounts(namespace));
    try {
      if (mark !== undefined) withinMounts(mounts, () => libc.mount(mark, mark, null, MS_BIND));
      return spawnIn({ net, mounts }, command, args, options);
    } finally {
      libc.close(mounts);
    }
  } finally {
    libc.close(net);
  }
}
