import { syncBuiltinESMExports } from 'node:module';
import { fileURLToPath } from 'node:url';
import workerThreads from 'node:worker_threads';
import { NameFiles, Resolver } from '../names/index.ts';
import { moveThreadTo } from '../netns/index.ts';
import { lookUpWith } from './thread-lookup.ts';
import type { WorkerBootstrap } from './worker.ts';

/**
 * Moves this thread to its node, and makes it resolve names as the node does. Returns the data that it was started
 * with.
 */
export function beginThread(): WorkerBootstrap {
  const bootstrap = workerThreads.workerData as WorkerBootstrap;
  const { namespace, hostName, module, workerData } = bootstrap;
  moveThreadTo(namespace, hostName);
  lookUpWith(new Resolver((fn) => fn(), new NameFiles(namespace)));

  // As if the module had been started directly.
  Object.assign(workerThreads, { workerData });
  if (module.startsWith('file:')) process.argv[1] = fileURLToPath(module);
  syncBuiltinESMExports();
  return bootstrap;
}
