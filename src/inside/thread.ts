import { syncBuiltinESMExports } from 'node:module';
import { fileURLToPath } from 'node:url';
import { NameFiles, Resolver } from '../names/index.ts';
import { moveThreadTo } from '../netns/index.ts';
import { lookUpWith } from './thread-lookup.ts';

/**
 * Moves this thread to a node, and makes it resolve names as the node does.
 * @param module the URL of the module that runs there
 */
export function beginThread(namespace: string, hostName: string, module: string): void {
  moveThreadTo(namespace, hostName);
  lookUpWith(new Resolver((fn) => fn(), new NameFiles(namespace)));
  if (module.startsWith('file:')) process.argv[1] = fileURLToPath(module);
  syncBuiltinESMExports();
}
