import { once } from 'node:events';
import { stat } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MessageChannel, Worker, type MessagePort, type WorkerOptions as ThreadOptions } from 'node:worker_threads';

/** As of `new Worker()`; the module is always a file or a `data:` URL. */
export type WorkerOptions = Omit<ThreadOptions, 'eval'>;

/** What the thread is told to begin with. */
export interface WorkerBootstrap {
  readonly namespace: string;
  readonly hostName: string;
  /** A URL. */
  readonly module: string;
  readonly port: MessagePort;
  readonly workerData: unknown;
}

/**
 * The folder's name is in it, since what this stands in may be a file of another folder: all of them are beside each other
 * in the package.
 */
const BOOTSTRAP = '../inside/bootstrap.js';

/**
 * Starts a module as a thread of this process in a namespace.
 * @returns the worker, once its thread is there. What it says waits for somebody who listens
 * @throws the error that kept the thread from getting there
 */
export async function startWorker(
  namespace: string,
  hostName: string,
  module: string | URL,
  options: WorkerOptions = {},
): Promise<Worker> {
  const { transferList = [], ...rest } = options;
  const workerData: unknown = options.workerData;
  startPool();
  const { port1: port, port2 } = new MessageChannel();
  const bootstrap: WorkerBootstrap = { namespace, hostName, module: urlOf(module), port: port2, workerData };
  const worker = new Worker(new URL(BOOTSTRAP, import.meta.url), {
    ...rest,
    workerData: bootstrap,
    transferList: [...transferList, port2],
  });
  keepMessages(worker);
  try {
    await arrived(worker, port);
    return worker;
  } catch (error) {
    await worker.terminate();
    throw error;
  } finally {
    // It waits for that before it loads its module.
    port.close();
  }
}

/**
 * The threads of libuv's pool are started by the first thread that needs them, all at once, and are where that one is for
 * good: it must not be one that has gone to a node.
 */
const startPool = (): void => stat('/', () => {});

const urlOf = (module: string | URL): string =>
  typeof module !== 'string'
    ? module.href
    : /^(file|data):/.test(module)
      ? module
      : pathToFileURL(resolve(module)).href;

async function arrived(worker: Worker, port: MessagePort): Promise<void> {
  const done = new AbortController();
  const { signal } = done;
  try {
    await Promise.race([
      once(port, 'message', { signal }),
      // It rejects with the error that a worker ends with, too.
      once(worker, 'exit', { signal }).then(([code]) => {
        throw new Error(`the worker thread ended with status ${String(code)} before it entered its node`);
      }),
    ]);
  } finally {
    done.abort();
  }
}

/**
 * Has messages wait for a listener. A worker's are lost when nobody listens yet, as after waiting for several workers.
 */
function keepMessages(worker: Worker): void {
  const waiting: unknown[] = [];
  const emit = worker.emit.bind(worker) as (event: string | symbol, ...args: unknown[]) => boolean;
  const flush = (): void => {
    while (waiting.length > 0 && worker.listenerCount('message') > 0) emit('message', waiting.shift());
  };
  worker.emit = (event: string | symbol, ...args: unknown[]): boolean => {
    if (event !== 'message') return emit(event, ...args);
    waiting.push(args[0]);
    flush();
    return true;
  };
  worker.on('newListener', (event) => {
    if (event === 'message') queueMicrotask(flush);
  });
}
