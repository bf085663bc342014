// One of many: listens, asks the next by name, and says what it was told. It ends when it is told to.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { hostname } from 'node:os';
import { text } from 'node:stream/consumers';
import { parentPort, workerData } from 'node:worker_threads';

const { next } = workerData as { readonly next: string };
const server = createServer((socket) => socket.end(`${hostname()} ${socket.remoteAddress}`)).listen(80);
await once(server, 'listening');
parentPort!.postMessage('ready');
await once(parentPort!, 'message');
parentPort!.postMessage(await text(connect(80, next)));
await once(parentPort!, 'message');
server.close();
parentPort!.close();
