// What a worker's thread begins with: it goes to its node, and becomes the user's module there.
import { once } from 'node:events';
import { syncBuiltinESMExports } from 'node:module';
import { fileURLToPath } from 'node:url';
import workerThreads from 'node:worker_threads';
import { NameFiles, Resolver } from '../names/index.ts';
import { moveThreadTo } from '../netns/index.ts';
import { lookUpWith } from './thread-lookup.ts';
import type { Errand } from './worker.ts';

const { namespace, hostName, module, port, workerData } = workerThreads.workerData as Errand;
moveThreadTo(namespace, hostName);
lookUpWith(new Resolver((fn) => fn(), new NameFiles(namespace)));

// As the module would find them had it been started itself.
Object.assign(workerThreads, { workerData });
if (module.startsWith('file:')) process.argv[1] = fileURLToPath(module);
syncBuiltinESMExports();

// What becomes of the module is told after this: who has started it has heard, and listens by now.
port.ref();
port.postMessage('there');
await once(port, 'close');
await import(module);
