// What a worker's thread begins with: it goes to its node, and becomes the user's module there.
import { once } from 'node:events';
import { beginThread } from './thread.ts';

const { module, port } = beginThread();

// What becomes of the module is told after this: who has started it has heard, and listens by now.
port.ref();
port.postMessage('there');
await once(port, 'close');
await import(module);
