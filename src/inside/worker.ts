import { once } from 'node:events';
import { stat } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MessageChannel, Worker, type MessagePort, type WorkerOptions as ThreadOptions } from 'node:worker_threads';

/** The options of `new Worker()`. The module is always a file or a `data:` URL. */
export type WorkerOptions = Omit<ThreadOptions, 'eval'>;

/** The data with which the thread starts. */
export interface WorkerBootstrap {
  readonly namespace: string;
  readonly hostName: string;
  /** A URL. */
  readonly module: string;
  readonly port: MessagePort;
  readonly workerData: unknown;
}

/**
 * With the name of the directory: this code can be bundled into a file of another directory of the package, beside this
 * one.
 */
const BOOTSTRAP = '../inside/bootstrap.js';

/**
 * Starts a module as a thread of this process in a network namespace.
 * @returns the worker, when its thread is in the namespace. Messages that it posts wait for a listener
 * @throws the error that prevented the thread from entering the namespace
 */
export async function startWorker(
  namespace: string,
  hostName: string,
  module: string | URL,
  options: WorkerOptions = {},
): Promise<Worker> {
  const { transferList = [], ...workerOptions } = options;
  const workerData: unknown = options.workerData;
  startPool();
  const { port1: port, port2 } = new MessageChannel();
  const bootstrap: WorkerBootstrap = { namespace, hostName, module: toUrl(module), port: port2, workerData };
  const worker = new Worker(new URL(BOOTSTRAP, import.meta.url), {
    ...workerOptions,
    workerData: bootstrap,
    transferList: [...transferList, port2],
  });
  keepMessages(worker);
  try {
    await waitUntilInside(worker, port);
    return worker;
  } catch (error) {
    await worker.terminate();
    throw error;
  } finally {
    // The thread waits for this before it loads its module.
    port.close();
  }
}

/**
 * The first thread that needs libuv's pool starts all its threads, and they stay in the namespace of that thread: it
 * must not be one that has moved to a node.
 */
const startPool = (): void => stat('/', () => {});

const toUrl = (module: string | URL): string =>
  typeof module !== 'string'
    ? module.href
    : /^(file|data):/.test(module)
      ? module
      : pathToFileURL(resolve(module)).href;

async function waitUntilInside(worker: Worker, port: MessagePort): Promise<void> {
  const done = new AbortController();
  const { signal } = done;
  try {
    await Promise.race([
      once(port, 'message', { signal }),
      // It also rejects with the error that ended the worker.
      once(worker, 'exit', { signal }).then(([code]) => {
        throw new Error(`the worker thread ended with status ${String(code)} before it entered its node`);
      }),
    ]);
  } finally {
    done.abort();
  }
}

/**
 * Keeps messages until there is a listener. Otherwise messages of a worker are lost while there is none, for example
 * during a wait for several workers.
 */
function keepMessages(worker: Worker): void {
  const pending: unknown[] = [];
  const emit = worker.emit.bind(worker) as (event: string | symbol, ...args: unknown[]) => boolean;
  const flush = (): void => {
    while (pending.length > 0 && worker.listenerCount('message') > 0) emit('message', pending.shift());
  };
  worker.emit = (event: string | symbol, ...args: unknown[]): boolean => {
    if (event !== 'message') return emit(event, ...args);
    pending.push(args[0]);
    flush();
    return true;
  };
  worker.on('newListener', (event) => {
    if (event === 'message') queueMicrotask(flush);
  });
}
