// The first module of a worker thread: moves the thread to its node, then loads the user's module there.
import type { WorkerBootstrap } from './worker.ts';

const threads = process.getBuiltinModule('node:worker_threads');
const { namespace, hostName, module, port, workerData } = threads.workerData as WorkerBootstrap;
// As if the module had been started directly. This comes before all imports: named exports of Bun's built-in modules keep
// the value of the first import, and syncBuiltinESMExports() does not update them.
Object.assign(threads, { workerData });
const { beginThread } = await import('./thread.ts');
beginThread(namespace, hostName, module);

// From here on the parent has the message, and listens to the worker itself: so it reports what happens to the module.
port.ref();
port.postMessage('there');
await new Promise((resolve) => port.once('close', resolve));
await import(module);
