import type { ChildProcess, SpawnOptions } from 'node:child_process';
import type { NamespaceName } from '../../model/index.ts';
import { closeSurroundings, openSurroundings, spawnIn } from '../../netns/index.ts';

/** Starts a program in a node, with the mounts and the host name that go with it. */
export function spawnInNode(
  namespace: NamespaceName,
  command: string,
  args: readonly string[],
  options: SpawnOptions,
): ChildProcess {
  const surroundings = openSurroundings(namespace);
  try {
    return spawnIn(surroundings, command, args, options);
  } finally {
    closeSurroundings(surroundings);
  }
}
