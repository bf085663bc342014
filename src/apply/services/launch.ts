import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { libc } from '../../ffi/index.ts';
import type { NamespaceName } from '../../model/index.ts';
import { makeMounts, openNamespace, spawnIn, within } from '../../netns/index.ts';

/** Starts a program in a node, with the mounts that go with it. */
export function spawnInNode(
  namespace: NamespaceName,
  command: string,
  args: readonly string[],
  options: SpawnOptions,
): ChildProcess {
  const net = openNamespace(namespace);
  try {
    const mounts = within(net, () => makeMounts(namespace));
    try {
      return spawnIn({ net, mounts }, command, args, options);
    } finally {
      libc.close(mounts);
    }
  } finally {
    libc.close(net);
  }
}
