import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { workingDirectory } from '../base/index.ts';
import { withinAll, type NodeNamespaces } from './node-namespaces.ts';

/** Starts a program in a node's namespaces: a child of this process, forked while this thread is there. */
export function spawnIn(
  nodeNamespaces: NodeNamespaces,
  command: string,
  args: readonly string[],
  options: SpawnOptions,
): ChildProcess {
  // While the thread is in another mount namespace, its working directory is the root.
  const cwd = workingDirectory(options.cwd);
  return withinAll(nodeNamespaces, () => spawn(command, args, { ...options, cwd }));
}
