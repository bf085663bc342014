// The first module of a worker thread: moves the thread to its node, then loads the user's module there.
import { once } from 'node:events';
import { beginThread } from './thread.ts';

const { module, port } = beginThread();

// From here on the parent has the message, and listens to the worker itself: so it reports what happens to the module.
port.ref();
port.postMessage('there');
await once(port, 'close');
await import(module);
