// What a worker's thread begins with: it goes to its node, and becomes the user's module there.
import type { WorkerBootstrap } from './worker.ts';

const threads = process.getBuiltinModule('node:worker_threads');
const { namespace, hostName, module, port, workerData } = threads.workerData as WorkerBootstrap;
// As the module would find it had it been started itself. Before anything else is loaded: a module of Bun's own exports by name
// what it has when it is first imported, and syncBuiltinESMExports() does not change that.
Object.assign(threads, { workerData });
const { beginThread } = await import('./thread.ts');
beginThread(namespace, hostName, module);

// What becomes of the module is told after this: who has started it has heard, and listens by now.
port.ref();
port.postMessage('there');
await new Promise((resolve) => port.once('close', resolve));
await import(module);
