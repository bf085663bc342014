// A worker that fails, with an error that it is told of.
import { workerData } from 'node:worker_threads';

throw Object.assign(new TypeError(`told to fail: ${workerData as string}`), { code: 'ERR_TOLD' });
